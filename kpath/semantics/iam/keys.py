"""Whose the access keys are that lie about.

Source: IAM user guide, Managing access keys; `iam list-access-keys`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpath.evidence import Assumption, Evidence, Fact
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.verdict import Undecided

READS = frozenset({"access_keys", "aws_users"})

WHOLE = Assumption("the secret key beside the id of an access key is its own")


def owners(model: Model, ids: Iterable[str]) -> Iterator[tuple[Ref, Undecided]]:
    """The users whose access keys some ids are, as far as the keys were listed and are not switched off."""
    for each in ids:
        ref = Ref(f"accesskey/{each}")
        key = model.access_keys.get(ref)
        if key is None or key.status == "Inactive":
            continue
        users = [arn for arn, user in model.aws_users.items() if user.user_name == key.user_name]
        # A listing does not say of which account it is.
        doubts = (Assumption(f"{ref} is a key of this account's {key.user_name}"),) if len(users) > 1 else ()
        because: Evidence = (Fact(ref, "/UserName", key.user_name), Fact(ref, "/Status", key.status or None))
        for user in users:
            yield user, Undecided((*because, Fact(user, "/UserName", key.user_name)), (WHOLE, *doubts))
