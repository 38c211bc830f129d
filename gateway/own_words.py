"""Words of phones that the gateway itself carries out, beside those of the nouns."""

import msgspec

from gateway.ports import ClientCommands
from protocol.errors import Malformed
from protocol.messages import ClientCommand


def with_word(commands: ClientCommands, word: type[ClientCommand]) -> ClientCommands:
    """What a phone may say, this word included."""
    decode = msgspec.msgpack.Decoder(word).decode

    def read(raw: bytes | msgspec.Raw) -> ClientCommand:
        try:
            return commands(raw)
        except Malformed:
            try:
                return decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                pass
            raise

    return read
