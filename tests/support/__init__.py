"""Fakes and instruments that several tests share."""
