"""The paper venue: a deterministic machine from commands and times to events.

Pure like the core, of which it is the composition: broker, exchanges, ledger, flows, sessions.
"""
