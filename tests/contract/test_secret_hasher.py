"""CT-H: what every `SecretHasher` does, and how tokens are made."""

from __future__ import annotations

import re

import pytest

from chp.adapters.secrets import Argon2Hasher, new_token
from chp.ports import SecretHasher

PASSWORD = "пароль с пробелом"


@pytest.fixture(params=[Argon2Hasher])
def hasher(request: pytest.FixtureRequest) -> SecretHasher:
    made: SecretHasher = request.param()
    return made


def test_ct_h01_password_matches_its_hash_and_no_other(hasher: SecretHasher) -> None:
    encoded = hasher.hash(PASSWORD)
    assert hasher.matches(encoded, PASSWORD)
    assert not hasher.matches(encoded, PASSWORD + " ")
    assert not hasher.matches(encoded, "")


def test_ct_h02_each_hash_has_its_own_salt(hasher: SecretHasher) -> None:
    assert hasher.hash(PASSWORD) != hasher.hash(PASSWORD)


def test_ct_h03_hash_does_not_hold_the_password(hasher: SecretHasher) -> None:
    assert "secret-word" not in hasher.hash("secret-word")


def test_ct_h04_empty_password_has_a_hash(hasher: SecretHasher) -> None:
    assert hasher.matches(hasher.hash(""), "")


@pytest.mark.parametrize("damaged", ["", "nothing", "$argon2id$v=19$m=65536", "\x00", "хеш"])
def test_ct_h05_damaged_hash_matches_nothing(hasher: SecretHasher, damaged: str) -> None:
    assert not hasher.matches(damaged, PASSWORD)


def test_ct_h06_text_that_is_no_unicode_matches_nothing(hasher: SecretHasher) -> None:
    assert not hasher.matches(hasher.hash(PASSWORD), "\ud800")


def test_ct_h07_cut_and_changed_hashes_match_nothing(hasher: SecretHasher) -> None:
    encoded = hasher.hash(PASSWORD)
    assert not hasher.matches(encoded[:-3], PASSWORD)
    other = "A" if encoded[-1] != "A" else "B"
    assert not hasher.matches(encoded[:-10] + other * 10, PASSWORD)


def test_ct_h08_hash_is_argon2id_with_at_least_64_mib(hasher: SecretHasher) -> None:
    found = re.fullmatch(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+\$.+\$.+", hasher.hash("x"))
    assert found is not None
    memory_kib, passes = map(int, found.groups())
    assert memory_kib >= 64 * 1024
    assert passes >= 3


def test_tokens_are_256_bits_and_need_no_quoting() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in tokens)
