"""Keys in KMS: the key's policy decides, alone or by leaving it to the account."""

from __future__ import annotations

from oracle.conditions import UNKNOWN, document
from oracle.policies import Ask, allowed
from oracle.world import Json, World

HEAD = "arn:aws:{}:eu-west-1:111122223333:"


def keys(world: World) -> dict[str, Json | None]:
    """The keys of the account that AWS does not manage, with their policies where they were collected."""
    managed = {each["Arn"] for each in world.said("KeyMetadata") if each["KeyManager"] == "AWS"}
    found: dict[str, Json | None] = {each["KeyArn"]: None for each in world.said_each("Keys")}
    found |= {each["Arn"]: None for each in world.said("KeyMetadata")}
    for answer in world.answers:
        if "KeyId" in answer and "Policy" in answer:
            found[arn_of(world, answer["KeyId"])] = document(answer["Policy"])
    return {key: own for key, own in found.items() if key not in managed}


def arn_of(world: World, key: str) -> str:
    """The ARN of a key from its id, its ARN or an alias that was collected."""
    name = key if key.startswith("arn:") else HEAD.format("kms") + ("" if key.startswith("alias/") else "key/") + key
    for each in world.said_each("Aliases"):
        if each["AliasArn"] == name:
            return HEAD.format("kms") + f"key/{each['TargetKeyId']}"
    return name


def decrypts(
    world: World, who: str, policies: list[Json], boundary: Json | None, key: str, service: str,
    action: str = "kms:Decrypt",
) -> bool:  # fmt: skip
    """Whether a service may use a key for a principal; one that AWS manages it uses for everybody."""
    arn = arn_of(world, key)
    managed = {each["Arn"] for each in world.said("KeyMetadata") if each["KeyManager"] == "AWS"}
    if arn in managed or ":alias/" in arn:
        return True
    known = {
        "kms:viaservice": (f"{service}.eu-west-1.amazonaws.com",),
        "kms:calleraccount": (who.split(":")[4],), "kms:grantisforawsresource": ("true",),
    }  # fmt: skip
    return allowed(Ask(world, who, action, arn, policies, boundary, keys(world).get(arn) or UNKNOWN, known=known))
