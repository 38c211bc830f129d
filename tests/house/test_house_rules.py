"""The rules, held against every file of the repository."""

import pytest

from tests.house import conduct, naming, packages, reach, size, traces
from tests.house.source import ROOT, Rule, sources

RULES: list[Rule] = [
    size.modules_are_short,
    size.functions_are_short,
    naming.modules_have_names,
    naming.tests_are_sentences,
    reach.nouns_stay_pure,
    reach.actors_never_await,
    reach.ray_has_one_seam,
    conduct.tests_never_sleep,
    conduct.errors_are_heard,
    traces.no_machine_is_named,
    traces.locks_hold_hashes,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_file_keeps_the_rule(rule: Rule):
    offences = [offence for source in sources() for offence in rule(source)]
    assert not offences, "\n" + "\n".join(offences)


def test_contracts_and_build_name_every_package():
    found = packages.top_packages(sources())
    assert not list(packages.contracts_know_every_package((ROOT / "pyproject.toml").read_text(), found))


def test_every_folder_of_ours_is_a_package():
    assert not list(packages.folders_are_packages(sources()))


def test_the_rules_see_the_repository():
    paths = {source.path for source in sources()}
    assert {"pyproject.toml", "requirements.lock", "actors/kernel.py"} <= paths
