"""How the REST protocol is spelled: URNs, requests, envelopes and rows."""
