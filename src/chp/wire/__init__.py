"""How everything is spelled: sans-I/O codecs, one package per protocol."""
