"""Who may use the keys that encrypt data: with KMS the key's own policy decides.

Source: AWS KMS Developer Guide, Key policies, and kms:ViaService.
"""

from __future__ import annotations

from functools import lru_cache

from msgspec.structs import replace

from kpath.evidence import Assumption
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.iam import account
from kpath.semantics.iam.account import principals
from kpath.semantics.iam.context import context
from kpath.semantics.iam.decide import decide
from kpath.semantics.iam.document import Policy, policy, unknown
from kpath.semantics.iam.request import Request
from kpath.verdict import Denied, Undecided, Verdict

READS = account.READS | {"aws_keys"}
KEY_POLICY, ALIASES = "kms get-key-policy", "kms list-aliases"


@memoised
def decrypting(model: Model, principal: Ref, key: Ref, through: str, action: str = "kms:Decrypt") -> Verdict:
    """Whether a principal may have a service use a key for it."""
    if ":key/" not in key:
        behind = Assumption(f"{principal} may use the key that {key} stands for", missing=ALIASES)
        return Undecided((), (behind,))
    partition, region = key.split(":")[1], key.split(":")[3]
    suffix = ".cn" if partition == "aws-cn" else ""
    known = {
        "kms:viaservice": f"{through}.{region}.amazonaws.com{suffix}",
        "kms:calleraccount": principal.account,
        "kms:grantisforawsresource": "true",
    }
    request = Request(principal, action, key, context(known))
    return decide(request, replace(principals(model)[principal], resource=key_policy(model, key)))


def key_policy(model: Model, key: Ref) -> Policy:
    """The policy of a key; something unknown where it was not collected."""
    held = model.aws_keys.get(key)
    if held is not None and held.policy is not None:
        return policy(key, held.at, held.policy)
    return unknown(key, missing=KEY_POLICY, problem="has a key policy that is not in the snapshot")


# Stands for a key policy that was not collected.
_LEFT = Ref("a key policy")


@lru_cache(maxsize=256)
def leaving(account: str) -> Policy:
    """A key policy as KMS makes them: it leaves it to an account, whose own policies decide then."""
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"}
    return policy(_LEFT, "", {"Version": "2012-10-17", "Statement": statement})


def as_left(verdict: Verdict, key: Ref) -> Verdict:
    """A verdict that took a key policy to be such a one."""
    if isinstance(verdict, Denied):
        return verdict
    left = Assumption(f"the key policy of {key} leaves it to the account", missing=KEY_POLICY)
    because = tuple(fact for fact in verdict.because if fact.of != _LEFT)
    return Undecided(because, (*verdict.assumes, left))
