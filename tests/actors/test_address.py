import pytest

from actors.address import RESERVED_MS, AddressActor, AddressState
from actors.kernel import Outcome, Remind, Tell
from actors.testkit import Given
from protocol.account_email import LoseEmail
from protocol.address import (
    AddressConfirmed,
    AddressHolder,
    AddressReserved,
    ConfirmAddress,
    LapseAddress,
    ReleaseAddress,
    ReserveAddress,
    ResolveAddress,
    address_ref,
    normal,
)
from protocol.errors import Malformed

ANN = "ann@example.org"


@pytest.fixture
def address() -> Given:
    return Given(AddressActor, key="0f")


def holder(address: Given, at: int) -> str | None:
    reply = address.when(ResolveAddress(), at=at).reply
    assert isinstance(reply, AddressHolder)
    return reply.account


def test_a_free_address_is_reserved_and_reminds_itself_of_the_end(address: Given):
    until = 10 + RESERVED_MS
    assert address.when(ReserveAddress("a1"), at=10) == Outcome(
        AddressHolder("a1", until), [AddressReserved("a1", until)], [Remind(until, LapseAddress("a1"))]
    )
    assert holder(address, at=11) == "a1"


def test_of_two_who_want_an_address_one_gets_it(address: Given):
    address.when(ReserveAddress("a1"), at=10)
    assert address.when(ReserveAddress("a2"), at=11).rejected == "address.taken"


def test_a_reservation_lapses_when_nobody_confirms_it_also_with_a_late_reminder(address: Given):
    address.when(ReserveAddress("a1"), at=10)
    assert holder(address, at=10 + RESERVED_MS) is None
    address.told(LapseAddress("a1"), at=10 + RESERVED_MS)
    assert address.state == AddressState()
    assert address.when(ReserveAddress("a2"), at=11 + RESERVED_MS).reply.account == "a2"
    assert address.told(LapseAddress("a1"), at=12 + RESERVED_MS).events == []


def test_a_confirmed_address_stays_until_it_is_released_by_its_account(address: Given):
    address.when(ReserveAddress("a1"), at=10)
    assert address.told(ConfirmAddress("a1", ANN), at=20).events == [AddressConfirmed("a1")]
    assert address.told(ConfirmAddress("a1", ANN), at=21) == Outcome()
    assert address.told(LapseAddress("a1"), at=10 + RESERVED_MS).events == []
    assert address.when(ReserveAddress("a1"), at=90 + RESERVED_MS) == Outcome(AddressHolder("a1"))
    assert address.told(ReleaseAddress("a2")) == Outcome()
    address.told(ReleaseAddress("a1"))
    assert holder(address, at=99 + 2 * RESERVED_MS) is None


def test_a_late_confirmation_takes_a_free_address_and_gives_way_to_another_holder(address: Given):
    address.told(ConfirmAddress("a1", ANN), at=20)
    assert holder(address, at=21) == "a1"
    late = address.told(ConfirmAddress("a2", ANN), at=22)
    assert late.effects == [Tell("account:a2", LoseEmail(ANN))]


@pytest.mark.parametrize("written", ["Ann@Example.Org", "ann@EXAMPLE.ORG", "ANN@example.org"])
def test_large_letters_make_no_other_address(written: str):
    assert normal(written) == ANN
    assert address_ref(written) == address_ref(ANN)


def test_dots_and_tags_make_another_address_as_only_its_server_knows_what_they_mean():
    refs = {address_ref(each) for each in (ANN, "an.n@example.org", "ann+shop@example.org")}
    assert len(refs) == 3


def test_a_ref_does_not_show_the_address():
    assert "ann" not in address_ref(ANN)


@pytest.mark.parametrize(
    "wrong",
    [
        "", "ann", "@example.org", "ann@", "ann@example", "a@b@example.org", "ann@-x.org", "ann@x-.org",
        ".ann@example.org", "ann.@example.org", "ann@example..org", "ann @example.org",
        "ann@example.org\n", "ann@example.org\r\nBcc: eve@example.org", "änn@example.org", "ann@exämple.org",
        "a" * 65 + "@example.org", "ann@" + "a" * 64 + ".org", "ann@" + "a." * 126 + "org",
        '"a b"@example.org', "ann@[127.0.0.1]",
    ],
)  # fmt: skip
def test_what_is_no_address_is_malformed(wrong: str):
    with pytest.raises(Malformed):
        normal(wrong)
