"""Second factors: codes of an app (RFC 6238) and backup codes, verified here, used up in the account."""

import hmac
import secrets
import time
from collections.abc import Callable
from hashlib import sha256

import msgspec
import pyotp
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from gateway.asking import Asker
from protocol.account_factor import (
    BACKUPS,
    ConfirmFactor,
    DropFactor,
    FactorState,
    FactorUse,
    OfferFactor,
    UseFactor,
    ViewFactor,
)
from protocol.errors import Quarantined, Rejected, TooFast
from protocol.ids import account_ref

ISSUER = "Manta"
STEP_S = 30
DRIFT = (0, -1, 1)  # steps by which a phone's clock may be off
BACKUP_BYTES = 6  # 48 bits; a wrong one costs a wait that doubles
HEADER = {"alg": "dir", "enc": "A256GCM"}


class Offer(msgspec.Struct, frozen=True):
    """A secret for an app: as text, and as an address that apps read from a picture."""

    secret: str
    address: str


class Seals:
    """What the accounts keep of a second factor is no good without the installation's key."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(sha256(b"second factor seal\n" + key).digest())
        self._hashing = sha256(b"second factor hash\n" + key).digest()

    def seal(self, user: str, secret: str) -> str:
        """The secret of this user, encrypted."""
        sealed: str = jwe.encrypt_compact(HEADER, f"{user}\n{secret}", self._key)
        return sealed

    def open(self, user: str, sealed: str) -> str:
        """The secret; raises Quarantined where it is no seal of ours for this user."""
        try:
            opened = jwe.decrypt_compact(sealed, self._key, algorithms=list(HEADER.values()))
            text = (opened.plaintext or b"").decode()
        except (JoseError, ValueError):
            text = ""
        owner, _, secret = text.partition("\n")
        if owner != user or not secret:
            raise Quarantined("the second factor of this account cannot be read")
        return secret

    def hash(self, user: str, code: str) -> str:
        """What is kept of a backup code: without the key it cannot be guessed."""
        return hmac.new(self._hashing, f"{user}\n{code}".encode(), sha256).hexdigest()[:32]


class Factors:
    """Turns second factors on and off, and asks for their codes. The password was verified before."""

    def __init__(self, asker: Asker, seals: Seals, now_s: Callable[[], float] = time.time) -> None:
        self._asker, self._seals, self._now_s = asker, seals, now_s

    async def state(self, user: str) -> FactorState:
        """How it stands."""
        return await self._asker.read(FactorState, account_ref(user), ViewFactor(), user)

    async def offer(self, user: str, username: str) -> Offer:
        """A new secret, which is on once a code of it was shown."""
        secret = pyotp.random_base32()
        offer = OfferFactor(self._seals.seal(user, secret))
        await self._asker.write(FactorState, account_ref(user), offer, user, "")
        return Offer(secret, pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER))

    async def confirm(self, user: str, code: str) -> list[str]:
        """Turns it on; gives the backup codes, which are shown this once."""
        state = await self.state(user)
        if not state.sealed:
            raise Rejected("factor.unknown", "begin with a new secret")
        step = self._step(self._seals.open(user, state.sealed), code)
        if not step:
            raise _refused()
        backups = [secrets.token_hex(BACKUP_BYTES) for _ in range(BACKUPS)]
        hashes = [self._seals.hash(user, backup) for backup in backups]
        confirm = ConfirmFactor(state.sealed, step, hashes)
        await self._asker.write(FactorState, account_ref(user), confirm, user, "")
        return backups

    async def use(self, user: str, sealed: str, code: str, call: str = "") -> None:
        """Takes a code, once; raises Rejected or TooFast."""
        code = "".join(code.split()).lower()
        if not code:
            raise Rejected("factor.needed", "show a code of your app, or a backup code")
        use = UseFactor(self._step(self._seals.open(user, sealed), code), self._seals.hash(user, code))
        answer = await self._asker.write(FactorUse, account_ref(user), use, user, call)
        if answer.wait_ms:
            raise TooFast("too many wrong codes: wait a little", answer.wait_ms / 1_000)
        if not answer.good:
            raise _refused()

    async def drop(self, user: str) -> None:
        """Turns it off."""
        await self._asker.write(FactorState, account_ref(user), DropFactor(), user, "")

    def _step(self, secret: str, code: str) -> int:
        """The step of time whose code this is; 0 for none that is near."""
        now, app = int(self._now_s()) // STEP_S, pyotp.TOTP(secret)
        found = [now + off for off in DRIFT if hmac.compare_digest(app.generate_otp(now + off), code)]
        return found[0] if found else 0


def _refused() -> Rejected:
    return Rejected("factor.refused", "this code is not good, or was used already")
