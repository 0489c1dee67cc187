"""The catalogue's sections 11 and 13, and what follows from IAM policies: roles taken, data read, accounts owned."""

from __future__ import annotations

from collections.abc import Iterator

from oracle.conditions import UNKNOWN, Setting, conditions, document, glob, holds, listed, statements, worlds
from oracle.containers import Pairs
from oracle.keys import decrypts
from oracle.policies import Ask, allowed, listed_in, scps_of, standard
from oracle.rights import Rights
from oracle.tokens import providers
from oracle.world import STS, Json, World


def _allowing(*actions: str) -> Json:
    return {"Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
# Of what these allow, what leads somewhere.
KNOWN = {
    "AdministratorAccess": _allowing("*"), "IAMFullAccess": _allowing("iam:*"),
    "AmazonEKSWorkerNodePolicy": _allowing("eks-auth:AssumeRoleForPodIdentity"),
    "AmazonEKSWorkerNodeMinimalPolicy": _allowing("eks-auth:AssumeRoleForPodIdentity"),
    "AmazonEKS_CNI_Policy": _allowing(
        "ec2:CreateNetworkInterface", "ec2:AttachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute"
    ),
    "AmazonSSMManagedInstanceCore": _allowing("ssm:GetParameter", "ssm:GetParameters"),
    "AmazonEC2ContainerRegistryReadOnly": _allowing(*PULL, "ecr:GetAuthorizationToken"),
    "AmazonEC2ContainerRegistryPullOnly": _allowing(*PULL, "ecr:GetAuthorizationToken"),
}  # fmt: skip
WRITES = [
    "AttachGroupPolicy",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreatePolicyVersion",
    "DeleteRolePolicy",
    "DeleteUserPolicy",
    "DetachRolePolicy",
    "DetachUserPolicy",
    "PutGroupPolicy",
    "PutRolePolicy",
    "PutUserPolicy",
    "SetDefaultPolicyVersion",
    "UpdateAssumeRolePolicy",
]


def steps(world: World) -> Pairs:
    """Step, source and target."""
    roles = {role["Arn"]: role for role in world.said_each("RoleDetailList")}
    for who, policies, boundary in principals(world):
        if _is_administrator(world, who, policies, boundary):
            yield "AWS_ADMIN", who, f"aws-admin/{who.split(':')[4]}"
        yield from _data(world, who, policies, boundary)
    yield from (("STS_ASSUME_ROLE", who, arn) for who, arn in _taken(world, roles))
    yield from _federated(world, roles)


def _taken(world: World, roles: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Who can take which role."""
    for who, policies, boundary in principals(world):
        for arn, role in roles.items():
            trust = document(role["AssumeRolePolicyDocument"])
            if arn != who and allowed(Ask(world, who, "sts:AssumeRole", arn, policies, boundary, trust)):
                yield who, arn
        for arn in _elsewhere(world, who, policies):
            if allowed(Ask(world, who, "sts:AssumeRole", arn, policies, boundary, UNKNOWN)):
                yield who, arn
    for arn, role in roles.items():
        yield from ((who, arn) for who in strangers(world, arn, document(role["AssumeRolePolicyDocument"])))


def strangers(world: World, arn: str, trust: Json) -> set[str]:
    """Whom a role's trust names in accounts that were not collected."""
    named = set()
    for statement in statements(trust):
        principal = statement.get("Principal")
        named |= set(listed(principal.get("AWS", []))) if isinstance(principal, dict) else set()
    exact = {each for each in named if ":iam::" in each and (":role/" in each or ":user/" in each)}
    away = {each for each in exact if each.split(":")[4] not in _collected(world, arn.split(":")[4])}
    return {each for each in away if allowed(Ask(world, each, "sts:AssumeRole", arn, [UNKNOWN], None, trust))}


def _elsewhere(world: World, who: str, policies: list[Json]) -> set[str]:
    """The roles in accounts that were not collected that somebody's policies name where they speak of taking them."""
    named = {
        name
        for policy in policies
        for each in statements(policy)
        if listed_in(each, "Action", lambda pattern: glob(pattern.lower(), "sts:assumerole"))
        for name in listed(each.get("Resource", []))
    }
    exact = {each for each in named if ":iam::" in each and ":role/" in each and not set("*?$") & set(each)}
    return {each for each in exact if each.split(":")[4] not in _collected(world, who.split(":")[4])}


def _collected(world: World, own: str) -> set[str]:
    """An account, and those others of which all roles and users are known."""
    keys = ("RoleDetailList", "UserDetailList", "GroupDetailList", "Policies")
    arns = {each["Arn"] for key in keys for each in world.said_each(key) if "Arn" in each}
    return {own, *(arn.split(":")[4] for arn in arns)}


def _data(world: World, who: str, policies: list[Json], boundary: Json | None) -> Pairs:
    """Buckets and secrets; what is encrypted with a key of the customer's needs that as well."""
    sealed = {f"arn:aws:s3:::{each['Bucket']}": key for each in world.answers for key in _bucket_key(each)}
    sealed |= {each["ARN"]: each["KmsKeyId"] for each in world.said_each("SecretList") if each.get("KmsKeyId")}
    for step, action, data in (
        ("S3_READ", "s3:GetObject", buckets(world)),
        ("SECRETSMANAGER_READ", "secretsmanager:GetSecretValue", secrets(world)),
    ):
        for arn, own in data.items():
            if arn in sealed and not decrypts(world, who, policies, boundary, sealed[arn], action.partition(":")[0]):
                continue
            for resource in _objects(arn, [*policies, *([own] if own else [])]):
                if allowed(Ask(world, who, action, resource, policies, boundary, own)):
                    yield step, who, arn


def _bucket_key(answer: Json) -> Iterator[str]:
    for rule in (answer.get("ServerSideEncryptionConfiguration") or {}).get("Rules", ()):
        yield rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]


def principals(world: World) -> Iterator[tuple[str, list[Json], Json | None]]:
    """Every role and user, with its policies and its boundary."""
    managed: dict[str, Json] = {}
    for policy in world.said_each("Policies"):
        for version in policy.get("PolicyVersionList") or ():
            if version["IsDefaultVersion"]:
                managed[policy["Arn"]] = document(version["Document"])
    groups = {(each["Arn"].split(":")[4], each["GroupName"]): each for each in world.said_each("GroupDetailList")}

    for role in world.said_each("RoleDetailList"):
        yield role["Arn"], _own(managed, role, "RolePolicyList"), _boundary(managed, role)
    for user in world.said_each("UserDetailList"):
        found = _own(managed, user, "UserPolicyList")
        for name in user.get("GroupList") or ():
            group = groups.get((user["Arn"].split(":")[4], name))
            found += _own(managed, group, "GroupPolicyList") if group is not None else [UNKNOWN]
        yield user["Arn"], found, _boundary(managed, user)


def _own(managed: dict[str, Json], holder: Json, inline: str) -> list[Json]:
    """The policies written into a role, user or group, and those attached to it."""
    found = [document(each["PolicyDocument"]) for each in holder.get(inline) or ()]
    return found + [_managed(managed, each["PolicyArn"]) for each in holder.get("AttachedManagedPolicies") or ()]


def _boundary(managed: dict[str, Json], holder: Json) -> Json | None:
    found = holder.get("PermissionsBoundary")
    return _managed(managed, found["PermissionsBoundaryArn"]) if found else None


def _managed(managed: dict[str, Json], arn: str) -> Json:
    if arn.startswith("arn:aws:iam::aws:") and arn not in managed:
        return KNOWN.get(arn.rpartition("/")[2], UNKNOWN)
    return managed.get(arn, UNKNOWN)


def buckets(world: World) -> dict[str, Json | None]:
    """The buckets, each with its policy."""
    found: dict[str, Json | None] = {f"arn:aws:s3:::{bucket['Name']}": None for bucket in world.said_each("Buckets")}
    found |= {f"arn:aws:s3:::{name}": None for name in world.said("Bucket")}
    for answer in world.answers:
        if isinstance(answer.get("Policy"), str) and not {"KeyId", "ResourceArn"} & answer.keys():
            policy = document(answer["Policy"])
            named = [name for each in statements(policy) for name in listed(each["Resource"])]
            found[named[0].split("/")[0]] = policy
    return found


def secrets(world: World) -> dict[str, Json | None]:
    """The secrets, each with its policy."""
    found: dict[str, Json | None] = {secret["ARN"]: None for secret in world.said_each("SecretList")}
    for answer in world.answers:
        if "ResourcePolicy" in answer:
            found[answer["ARN"]] = document(answer["ResourcePolicy"])
    return found


def _objects(arn: str, policies: list[Json]) -> set[str]:
    """What is asked for: a secret itself, of a bucket some object, such as those that policies speak of."""
    if not arn.startswith("arn:aws:s3:"):
        return {arn}
    found = {f"{arn}/object"}
    for policy in policies:
        for statement in statements(policy):
            for pattern in listed(statement.get("Resource", [])):
                head, slash, key = pattern.partition("/")
                if slash and glob(head, arn):
                    found.add(f"{arn}/{key.replace('*', 'x')}")
    return found


def _is_administrator(world: World | None, who: str, policies: list[Json], boundary: Json | None) -> bool:
    """Whether some world leaves everything to a principal: a denial counts if it takes every way to write policies."""
    fence = [boundary] if boundary is not None else []
    levels = scps_of(world, who) if world is not None else []
    every = [*policies, *fence, *(each for level in levels for each in level)]
    for setting in worlds(every, standard(world, who, "")):
        is_granted = _everything(policies, setting) and (not fence or _everything(fence, setting))
        is_left = all(any(each is UNKNOWN or _leaves(each, setting) for each in level) for level in levels)
        if is_granted and is_left and not any(_in_force(policy, "Deny", setting) for policy in every):
            return True
    return False


def _everything(policies: list[Json], world: Setting) -> bool:
    return any(policy is UNKNOWN or _in_force(policy, "Allow", world) for policy in policies)


def _in_force(policy: Json, effect: str, world: Setting) -> bool:
    """Whether a policy allows everything, or denies every way to write policies."""
    return any(
        each["Effect"] == effect
        and _spans(each, whole=effect == "Allow")
        and all(holds(*condition, world) for condition in conditions(each))
        for each in statements(policy)
    )


def _leaves(policy: Json, world: Setting) -> bool:
    """Whether a policy of an organisation leaves every way to write policies."""
    return any(
        each["Effect"] == "Allow"
        and _spans(each, whole=False)
        and all(holds(*condition, world) for condition in conditions(each))
        for each in statements(policy)
    )


def _spans(statement: Json, *, whole: bool) -> bool:
    """Whether a statement is about every resource, and every action or at least those that write policies."""
    resources = "Resource" in statement and "*" in listed(statement["Resource"])
    if not resources and statement.get("NotResource") != []:
        return False
    if whole and "Action" in statement:
        return any(not set(each) - {"*", ":"} for each in listed(statement["Action"]))
    named = listed(statement.get("Action", statement.get("NotAction")))
    return all(
        any(glob(pattern.lower(), f"iam:{write}".lower()) for pattern in named) is ("Action" in statement)
        for write in WRITES
    )


def _federated(world: World, roles: dict[str, Json]) -> Pairs:
    """IRSA: which token of which service account is as good as which role."""
    issuers = {
        cluster["identity"]["oidc"]["issuer"].removeprefix("https://")
        for cluster in world.said("cluster")
        if (cluster.get("identity") or {}).get("oidc")
    }
    was_asked = any(True for _ in world.said("OpenIDConnectProviderList"))
    for provider, audiences in (providers(world) if was_asked else _named(roles)).items():
        issuer = provider.partition(":oidc-provider/")[2]
        if issuer not in issuers and (issuers or not issuer.startswith("oidc.eks.")):
            continue
        trusts = {arn: document(role["AssumeRolePolicyDocument"]) for arn, role in roles.items()}
        guessed = (
            set[str]() if is_told(world, issuer) else {aud for each in trusts.values() for aud in _asked(each, issuer)}
        )
        for arn, trust in trusts.items():
            if provider.split(":")[4] != arn.split(":")[4]:
                continue
            for account in Rights(world).accounts:
                _, space, name = account.split("/")
                for audience in sorted({*audiences, *guessed}):
                    known = _claims(trust, issuer, f"system:serviceaccount:{space}:{name}", audience)
                    ask = Ask(
                        world, provider, "sts:AssumeRoleWithWebIdentity", arn, own=trust, kind="Federated", known=known
                    )
                    if allowed(ask):
                        yield "IRSA_ASSUME", f"token/{space}/{name}/{audience}", arn


def is_told(world: World, issuer: str) -> bool:
    """Whether it is known which audiences a provider takes."""
    return any(answer["Url"].removeprefix("https://") == issuer for answer in world.answers if "Url" in answer)


def _asked(trust: Json, issuer: str) -> set[str]:
    """The audiences that a trust asks for."""
    key = f"{issuer}:aud".lower()
    found = [values for each in statements(trust) for _, name, values in conditions(each) if name.lower() == key]
    return {value for values in found for value in values}


def _claims(trust: Json, issuer: str, subject: str, audience: str) -> Setting:
    """The token's claims; those of other issuers' tokens are not in it."""
    asked = {key.lower() for statement in statements(trust) for _, key, _ in conditions(statement)}
    known: Setting = {key: () for key in asked if key.endswith((":sub", ":aud"))}
    return {**known, f"{issuer.lower()}:sub": (subject,), f"{issuer.lower()}:aud": (audience,)}


def _named(roles: dict[str, Json]) -> dict[str, list[str]]:
    """Where no provider was collected: those that trust policies name."""
    found: dict[str, list[str]] = {}
    for role in roles.values():
        for statement in statements(document(role["AssumeRolePolicyDocument"])):
            principal = statement.get("Principal")
            for name in listed(principal.get("Federated", [])) if isinstance(principal, dict) else ():
                if ":oidc-provider/" in name:
                    found[name] = [STS]
    return found
