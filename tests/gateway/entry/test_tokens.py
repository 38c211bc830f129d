import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from gateway.entry.tokens import LEEWAY_S, Access, AccessTokens, new_refresh, read_refresh
from protocol.errors import Rejected
from protocol.revocations import TOKEN_S

KEY = b"k" * 32


class Clock:
    now_s = 1_700_000_000.9


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(clock: Clock) -> AccessTokens:
    return AccessTokens(KEY, "here", lambda: clock.now_s)


def code_of(tokens: AccessTokens, token: str) -> str:
    with pytest.raises(Rejected) as caught:
        tokens.read(token)
    return caught.value.code


def signed(key: bytes = KEY, alg: str = "HS256", **changed: object) -> str:
    claims = {"iss": "here", "aud": "manta", "sub": "a1", "sid": "s1", "iat": 1_700_000_000}
    claims |= {"exp": 1_700_000_900} | changed
    known = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": alg}, known, OctKey.import_key(key), algorithms=[alg])


def test_a_token_says_whose_it_is_and_for_how_long(tokens: AccessTokens):
    access = tokens.read(tokens.issue("a1", "s1"))
    assert access == Access("a1", "s1", 1_700_000_000, 1_700_000_000 + TOKEN_S)
    assert TOKEN_S <= 15 * 60


def test_a_token_is_good_until_it_is_over(tokens: AccessTokens, clock: Clock):
    token = tokens.issue("a1", "s1")
    clock.now_s += TOKEN_S
    assert tokens.read(token).user == "a1"
    clock.now_s += LEEWAY_S + 1
    assert code_of(tokens, token) == "token.expired"


@pytest.mark.parametrize(
    "token",
    [
        signed(key=b"x" * 32),
        signed(alg="HS512"),
        signed(iss="elsewhere"),
        signed(aud="others"),
        signed(sub=None),
        signed(sid=None),
        signed(sub=7),
        signed(exp=None),
        signed(iat=None),
        signed(exp="soon"),
        "a" * 10_000,
        "",
        "a.b.c",
        "é.é.é",
    ],
)
def test_what_is_not_ours_is_wrong(tokens: AccessTokens, token: str):
    assert signed() != token
    assert code_of(tokens, token) == "token.wrong"


def test_a_token_without_signature_is_wrong(tokens: AccessTokens):
    def part(value: dict[str, object]) -> str:
        return urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"iss": "here", "aud": "manta", "sub": "a1", "sid": "s1", "iat": 1, "exp": 9_999_999_999}
    for alg in ("none", "None", ""):
        assert code_of(tokens, f"{part({'alg': alg})}.{part(claims)}.") == "token.wrong"


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.binary(max_size=40), min_size=2, max_size=4)))
def test_any_other_text_is_wrong_and_nothing_breaks(text: str | list[bytes]):
    token = text if isinstance(text, str) else ".".join(urlsafe_b64encode(part).decode() for part in text)
    assert code_of(AccessTokens(KEY, "here"), token) == "token.wrong"


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 199), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_token_with_one_sign_changed_is_wrong(place: int, sign: str):
    token = signed()
    changed = token[:place] + sign + token[place + 1 :]
    if changed != token:
        assert code_of(AccessTokens(KEY, "here", lambda: 1_700_000_001.0), changed) == "token.wrong"


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="at least 32 bytes"):
        AccessTokens(b"short", "here")


def test_of_a_refresh_token_only_the_hash_is_passed_on():
    token, hashed = new_refresh("a1", "0123456789abcdef")
    refresh = read_refresh(token)
    assert (refresh.user, refresh.session, refresh.hash) == ("a1", "0123456789abcdef", hashed)
    assert token.rpartition(".")[2] not in hashed
    assert new_refresh("a1", "0123456789abcdef")[0] != token


@pytest.mark.parametrize("token", ["", "a1", "a1.s1.x", "a1.0123456789abcdef." + "x" * 42, "a b" * 20])
def test_what_is_no_refresh_token_is_wrong(token: str):
    with pytest.raises(Rejected, match="no refresh token"):
        read_refresh(token)
