"""Random questions to IAM: a request, the policies that have a say, and which keys nobody knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Any

from strategies.request_values import BASES, KEYS, UNIVERSE, WANTED

Json = dict[str, Any]

HOME, AWAY = "111122223333", "444455556666"
PARTITIONS = ("aws", "aws", "aws", "aws-cn", "aws-us-gov")


def question(seed: int, unknowns: int = 0) -> tuple[Json, Json, dict[str, list[list[str]]], set[str]]:
    """A request, the policies, and for each unknown key its values in the worlds; which of them the caller chooses."""
    return _Question(Random(seed)).drawn(unknowns)


def _universe(key: str, policies: Json) -> list[str]:
    """Values of a key that show every difference the conditions on it can make."""
    kind = KEYS[key][0]
    found = dict.fromkeys(UNIVERSE[kind])
    if kind in ("string", "arn"):
        for value in _wanted(key.lower(), policies):
            for text in (value, re.sub(r"\$\{([*?])\}", r"\1", value), re.sub(r"\$\{.*?'(.*?)'\}", r"\1", value)):
                for filled in (text, text.replace("*", "").replace("?", "z"), re.sub("[*?]", "z", text)):
                    found |= dict.fromkeys((filled, filled.swapcase()))
    return [*found]


def _wanted(key: str, given: Any) -> Iterator[str]:
    """What the conditions on a key compare it with."""
    if isinstance(given, dict):
        for name, value in given.items():
            if name.lower() == key:
                yield from (str(each) for each in (value if isinstance(value, list) else [value]))
            yield from _wanted(key, value)
    elif isinstance(given, list):
        for each in given:
            yield from _wanted(key, each)


class _Question:
    def __init__(self, random: Random) -> None:
        self.random, self.one, self.chance = random, random.choice, lambda share: random.random() < share
        self.partition = self.one(PARTITIONS)
        self.open: list[str] = []

    def drawn(self, unknowns: int) -> tuple[Json, Json, dict[str, list[list[str]]], set[str]]:
        names = [name for name in KEYS if name != "x:m"]
        self.open = self.random.sample(names, unknowns)
        self.asked, self.action, owner = self._asked()
        self.principal, self.role = self._principal()
        request = {
            "principal": self.principal,
            "action": self.action,
            "resource": self.asked,
            "context": self._context(),
        }
        if self.role and ":assumed-role/" in self.principal:
            request["context"]["aws:PrincipalArn"] = self.role
        if owner:
            request["owner"] = owner
        if ":role/" in self.principal and self.chance(0.5):
            request["session"] = "ci"
        # Keys that policies read through variables stay known: worlds that differ there are another question.
        policies = self._policies()
        chosen = {key.lower() for key in self.open if self.chance(0.3)}
        values = {key.lower(): [[], *([each] for each in _universe(key, policies))] for key in self.open}
        return request, policies, values, chosen

    def _asked(self) -> tuple[str, str, str]:
        p, account = self.partition, self.one((HOME, HOME, HOME, AWAY))
        return self.one((
            (f"arn:{p}:s3:::shop/bob/Orders.csv", "s3:GetObject", self.one(("", HOME, AWAY))),
            (f"arn:{p}:s3:::shop", "s3:ListBucket", ""),
            (f"arn:{p}:iam::{account}:role/team/deploy", "sts:AssumeRole", ""),
            (f"arn:{p}:iam::{account}:role/deploy", "iam:PassRole", ""),
            (f"arn:{p}:kms:eu-west-1:{account}:key/1234", "kms:Decrypt", ""),
            (f"arn:{p}:sqs:eu-west-1:{account}:queue", "sqs:SendMessage", ""),
            (f"arn:{p}:logs:eu-west-1:{account}:log-group:a:log-stream:b", "logs:PutLogEvents", ""),
            (f"arn:{p}:secretsmanager:eu-west-1:{account}:secret:db-AbCdEf", "secretsmanager:GetSecretValue", ""),
            (f"arn:{p}:ec2:eu-west-1:{account}:instance/i-1", "ec2:StartInstances", ""),
            ("*", "ec2:DescribeInstances", ""), ("*", "kms:ListKeys", ""),
        ))  # fmt: skip

    def _principal(self) -> tuple[str, str]:
        p = self.partition
        role = f"arn:{p}:iam::{HOME}:role/team/worker"
        return self.one((
            (f"arn:{p}:iam::{HOME}:user/staff/bob", ""), (f"arn:{p}:iam::{HOME}:user/bob", ""), (role, role),
            (f"arn:{p}:sts::{HOME}:assumed-role/worker/ci", role), (f"arn:{p}:iam::{HOME}:root", ""),
            (f"arn:{p}:iam::{HOME}:role/aws-service-role/x.amazonaws.com/R",) * 2, ("lambda.amazonaws.com", ""),
        ))  # fmt: skip

    def _context(self) -> Json:
        found: Json = {}
        for key, (kind, values) in KEYS.items():
            if key in self.open or self.chance(0.4):
                continue
            if key == "x:m":
                found[key] = self.random.sample(values, self.random.randint(1, 3))
            else:
                value: Any = self.one(values)
                if kind == "bool" and self.chance(0.3):
                    value = value == "true"
                if kind == "number" and self.chance(0.3):
                    value = float(value) if "." in value else int(value)
                found[key if self.chance(0.7) else key.upper()] = value
        return found

    def _policies(self) -> Json:
        found: Json = {"identity": [self._document() for _ in range(self.random.randint(0, 2))]}
        if self.chance(0.3):
            found["boundary"] = self._document()
        if self.chance(0.2):
            found["session"] = [self._document()]
        if self.chance(0.25):
            levels = range(self.random.randint(1, 2))
            found["scps"] = [[self._document() for _ in range(self.random.randint(1, 2))] for _ in levels]
        self.bounded = "boundary" in found
        if self.chance(0.15):
            found["rcps"] = [self._document(names=True, effect="Deny")]
        if self.chance(0.5) or self.action.startswith(("sts:", "kms:")):
            found["resource"] = self._document(names=True)
        return found

    def _document(self, *, names: bool = False, effect: str = "") -> Json:
        count = self.random.randint(1, 3)
        version = self.one(("2012-10-17", "2012-10-17", "2008-10-17", None))
        self.variables = version == "2012-10-17"
        statements = [self._statement(names=names, effect=effect) for _ in range(count)]
        body: Any = statements[0] if count == 1 and self.chance(0.5) else statements
        return {"Statement": body} if version is None else {"Version": version, "Statement": body}

    def _statement(self, *, names: bool, effect: str) -> Json:
        found: Json = {"Sid": "same", "Effect": effect or self.one(("Allow", "Allow", "Allow", "Deny"))}
        found["NotAction" if self.chance(0.12) else "Action"] = self._some(self._action_pattern)
        if names:
            found |= self._named(str(found["Effect"]))
        if not names or self.chance(0.4):
            found["NotResource" if self.chance(0.12) else "Resource"] = self._some(self._resource_pattern)
        if self.chance(0.5 if not self.open else 0.8):
            found["Condition"] = self._condition()
        return found

    def _some(self, pattern: Any) -> Any:
        found = [pattern() for _ in range(self.one((1, 1, 1, 2)))]
        return found[0] if len(found) == 1 and self.chance(0.6) else found

    def _action_pattern(self) -> str:
        service, _, name = self.action.partition(":")
        return self.one((
            self.action, self.action, self.action.upper(), f"{service}:*", f"{service}:{name[:3]}*", "*",
            f"{service}:{name[:-1]}?", f"{service}:*{name[-4:]}", "ec2:*", f"{service}:{name}x",
            f"{service}:{name[:2]}*{name[-2:]}",
        ))  # fmt: skip

    def _resource_pattern(self) -> str:
        if self.asked == "*":
            return self.one(("*", "*", f"arn:{self.partition}:ec2:*:*:*", "arn:*"))
        parts = self.asked.split(":", 5)
        place = self.random.randrange(1, 6)
        last = parts[5]
        swapped = [
            *parts[:place],
            self.one(("*", "?*", parts[place][:-1] + "?" if parts[place] else "*", "zz")),
            *parts[place + 1 :],
        ]
        return self.one((
            "*", "*", self.asked, self.asked, ":".join(swapped), ":".join(swapped), ":".join(parts[:place]) + ":*",
            ":".join([*parts[:5], last[: len(last) // 2] + "*"]), ":".join([*parts[:5], last.swapcase()]),
            ":".join([*parts[:5], "*" + last[-3:]]), ":".join([*parts[:5], last.replace("bob", "${aws:username}")]),
            ":".join([*parts[:5], last.replace("bob", "${x:gone, 'bob'}")]), ":".join([*parts[:5], "${x:gone}*"]),
            ":".join([*parts[:4], parts[4] and "${aws:PrincipalAccount}", last]),
            ":".join([*parts[:5], last[:-1] + "[a-z]"]),
        ))  # fmt: skip

    def _named(self, effect: str) -> Json:
        p = self.partition
        aws = (
            "*", HOME, f"arn:{p}:iam::{HOME}:root", AWAY, f"arn:{p}:iam::{AWAY}:root", self.role or self.principal,
            self.role or self.principal, f"arn:{p}:sts::{HOME}:assumed-role/worker/ci",
            f"arn:{p}:iam::{HOME}:role/worker", f"arn:{p}:iam::{HOME}:user/staff/bob",
        )  # fmt: skip
        # Which session a role is in, where the request does not say, is another question.
        is_vague = self.principal == self.role
        names = [each for each in aws if each.startswith(("arn", "*", "1", "4")) and not (is_vague and ":sts:" in each)]
        if self.principal == "lambda.amazonaws.com":
            names = [each for each in names if each != "*"]
        if self.chance(0.1) and self.principal != "lambda.amazonaws.com":
            everyone = [AWAY, f"arn:{p}:iam::{AWAY}:role/other"]
            mine = [HOME, self.role or self.principal] if effect == "Allow" or self.bounded else everyone
            return {"NotPrincipal": {"AWS": self.one((self.one(mine), everyone))}}
        if self.chance(0.25):
            return {"Principal": {"AWS": self.one(names), "Service": ["ec2.amazonaws.com", "lambda.amazonaws.com"]}}
        if self.chance(0.15):
            return {"Principal": {"Service": self.one(("lambda.amazonaws.com", "ec2.amazonaws.com"))}}
        if self.chance(0.1) and "*" in names:
            return {"Principal": "*"}
        return {"Principal": {"AWS": self._some(lambda: self.one(names))}}

    def _condition(self) -> Json:
        found: Json = {}
        for _ in range(self.one((1, 1, 2))):
            key = self.one([*KEYS, *self.open * 6, "aws:PrincipalArn", "aws:username"])
            kind = KEYS[key][0] if key in KEYS else "arn" if key == "aws:PrincipalArn" else "string"
            if self.chance(0.1):
                found.setdefault(self.one(("Null", "null")), {})[key] = self.one(("true", "false", True, False, "True"))
                continue
            operator = self.one(BASES[kind]) + ("IfExists" if self.chance(0.2) else "")
            if key == "x:m" or (self.chance(0.1) and key not in self.open):
                operator = self.one(("ForAllValues:", "ForAnyValue:")) + operator
            held = found.setdefault(self.one((operator, operator, operator.lower())), {})
            held[key if self.chance(0.8) else key.lower()] = self._some(lambda kind=kind: self._wanted(kind))
        return found

    def _wanted(self, kind: str) -> Any:
        values = [each for each in WANTED[kind] if not self.open or ("${x:s}" not in each and "${x:t" not in each)]
        value: Any = self.one(values)
        if kind == "arn" and self.chance(0.3):
            value = self.role or (self.principal if self.principal.startswith("arn:") else value)
        if kind == "number" and self.chance(0.3):
            value = float(value) if "." in value else int(value)
        if kind == "bool" and self.chance(0.4):
            value = value.lower() == "true"
        return value
