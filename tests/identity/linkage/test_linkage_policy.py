"""The section `linkage` of the policy file."""

from __future__ import annotations

import pytest

from zhiyin.core.errors import InvalidInput
from zhiyin.identity.linkage.policy import LinkagePolicy, linkage_policy


def written(folder, text: str) -> LinkagePolicy:
    path = folder / "policies" / "identity.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return linkage_policy(folder)


def test_by_default_nothing_is_joined_without_a_person(tmp_path):
    assert linkage_policy() == LinkagePolicy(enabled=False, automatic=False)
    assert linkage_policy(tmp_path) == linkage_policy()
    assert written(tmp_path, "ids: {user: {at_most: 1}}\n") == LinkagePolicy()


def test_the_section_says_what_is_compared(tmp_path):
    policy = written(
        tmp_path,
        "linkage: {enabled: true, automatic: true, accept_at_least: 0.95, "
        "compare: {name: name, email: email}, block_on: [[email]]}\n",
    )
    assert policy.compare == {"name": "name", "email": "email"}
    assert policy.block_on == (("email",),)
    assert (policy.enabled, policy.automatic, policy.accept_at_least) == (True, True, 0.95)


def test_switching_it_on_leaves_the_matches_valid_and_other_changes_do_not():
    policy = LinkagePolicy()
    assert LinkagePolicy(enabled=True).digest == policy.digest
    assert LinkagePolicy(automatic=True).digest != policy.digest


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ("linkage: {acept: 1}", "unknown field"),
        ("linkage: {compare: {shoe_size: exact}}", "shoe_size.*allowed: name"),
        ("linkage: {compare: {name: soundex}}", "soundex.*allowed: exact"),
        ("linkage: {review_at_least: 0.99, accept_at_least: 0.5}", "two numbers between"),
        ("linkage: {accept_at_least: 1.0}", "two numbers between"),
        ("linkage: [", "cannot be read as YAML"),
    ],
)
def test_a_wrong_section_is_refused_in_one_sentence(tmp_path, section, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        written(tmp_path, section)
