# SPDX-License-Identifier: MIT
"""A client of Postfix's policy delegation (SMTPD_POLICY_README), which sends what Postfix 3.12 would."""

from __future__ import annotations

from .stream import Stream

# All attributes that Postfix knows, with their values for a stranger's RCPT TO.
ATTRIBUTES = {
    "request": "smtpd_access_policy",
    "protocol_state": "RCPT",
    "protocol_name": "ESMTP",
    "client_address": "192.0.2.7",
    "client_name": "mx.example.org",
    "client_port": "51234",
    "reverse_client_name": "mx.example.org",
    "server_address": "192.0.2.1",
    "server_port": "25",
    "helo_name": "mx.example.org",
    "sender": "someone@example.org",
    "recipient": "someone@example.net",
    "recipient_count": "0",
    "queue_id": "",
    "instance": "4f2a.6b03fe18.9c1b.0",
    "size": "2048",
    "etrn_domain": "",
    "stress": "",
    "sasl_method": "",
    "sasl_username": "",
    "sasl_sender": "",
    "ccert_subject": "",
    "ccert_issuer": "",
    "ccert_fingerprint": "",
    "ccert_pubkey_fingerprint": "",
    "encryption_protocol": "TLSv1.3",
    "encryption_cipher": "TLS_AES_256_GCM_SHA384",
    "encryption_keysize": "256",
    "policy_context": "",
    "compatibility_level": "3.6",
    "mail_version": "3.12.0",
    "tls_sni": "",
}


def request(**changes: str) -> bytes:
    lines = (f"{name}={value}\n" for name, value in {**ATTRIBUTES, **changes}.items())
    return "".join(lines).encode() + b"\n"


class PolicyClient(Stream):
    def ask(self, **changes: str) -> str:
        """The action for a request that differs in these attributes."""
        self.send(request(**changes))
        return self.action()

    def action(self) -> str:
        """The next answer's action: exactly one line, and never empty, which would be a permit."""
        answer = self.receive_until(b"\n\n").decode()
        name, _, action = answer.removesuffix("\n\n").partition("=")
        assert name == "action" and action.strip() and "\n" not in action, f"no proper answer: {answer!r}"
        return action
