"""Which tokens and Secrets a container holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

from msgspec import Struct

from kpath.evidence import Assumption, Evidence, Fact, pointer
from kpath.model.wire_pod import PodSpec, Volume
from kpath.refs import Ref
from kpath.semantics.workload.facts import SPEC, fact, text
from kpath.semantics.workload.hostpaths import normalised
from kpath.semantics.workload.vantages import Vantage

API_SERVER = "https://kubernetes.default"
TOKEN_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount"
ROLE_ARN = "eks.amazonaws.com/role-arn"
AUDIENCE = "eks.amazonaws.com/audience"
STS = "sts.amazonaws.com"

T = TypeVar("T")
# Names of objects that a pod refers to, and the fields that say so.
Named = tuple[tuple[str, Evidence], ...]


class Token(Struct, frozen=True):
    """A service account's token in a container; an `audience` of `None` is the API server.

    `legacy_secret` names the Secret of a token that never expires, whose account
    may be another than the pod's.
    """

    audience: str | None
    because: Evidence
    legacy_secret: str | None = None
    assumes: tuple[Assumption, ...] = ()


def service_account(spec: PodSpec) -> str:
    """The name of the service account that a pod runs as."""
    return spec.service_account_name or spec.service_account or "default"


def tokens(spec: PodSpec, vantage: Vantage, *, legacy: Collection[str] = ()) -> tuple[Token, ...]:
    """The tokens in the volumes that this container mounts, as the pod stands.

    `legacy` names the Secrets of the pod's namespace that hold a token.
    """
    found = [token for at, volume in mounted_volumes(spec, vantage) for token in _projected(at, volume)]
    for name, because in _volume_secrets(spec, vantage):
        if name in legacy:
            found.append(Token(None, because, legacy_secret=name))
    return tuple(dict.fromkeys(found))


def expected_tokens(
    spec: PodSpec,
    vantage: Vantage,
    sa_automount: bool | None,
    sa_ref: Ref,
    sa_known: bool,
    *,
    annotations: Mapping[str, str] | None = None,
    legacy: Collection[str] = (),
) -> tuple[Token, ...]:
    """The tokens this container will hold once a controller has created the pod.

    `annotations` are the service account's: the webhook of IRSA reads a role from them.
    """
    found = list(tokens(spec, vantage, legacy=legacy))
    if not _occupied(vantage):
        found += _automounted(spec, sa_automount, sa_ref, sa_known=sa_known)
    found += _irsa(sa_ref, annotations or {})
    return tuple(dict.fromkeys(found))


def mounted_secrets(spec: PodSpec, vantage: Vantage) -> Named:
    """The Secrets whose contents this container sees, as files or as variables, each way it does."""
    return tuple(dict.fromkeys((*_volume_secrets(spec, vantage), *_variable_secrets(vantage))))


def volume_tokens(spec: PodSpec) -> tuple[Token, ...]:
    """The tokens in the volumes of a pod, whether or not a container mounts them: what its node may ask for."""
    return _in_volumes(spec, _projected)


def volume_secrets(spec: PodSpec) -> Named:
    """The Secrets in the volumes of a pod: what lies on its node."""
    return _in_volumes(spec, _secrets_in)


def volume_claims(spec: PodSpec) -> Named:
    """The claims in the volumes of a pod, whether or not a container mounts them."""
    return _in_volumes(spec, claim_of)


def claim_of(at: str, volume: Volume) -> Iterator[tuple[str, Evidence]]:
    """The claim that a volume stands for, where it does."""
    claim = volume.persistent_volume_claim
    if claim is not None and claim.claim_name:
        yield claim.claim_name, (fact(at, "persistentVolumeClaim", "claimName", value=claim.claim_name),)


def _in_volumes(spec: PodSpec, read: Callable[[str, Volume], Iterator[T]]) -> tuple[T, ...]:
    volumes = enumerate(spec.volumes or ())
    return tuple(dict.fromkeys(each for at, one in volumes for each in read(SPEC + pointer("volumes", at), one)))


def referenced_secrets(spec: PodSpec) -> Named:
    """The Secrets that a pod refers to in any way: what its node may read."""
    found = [*volume_secrets(spec), *_in_volumes(spec, _secret_for_driver)]
    listed = (("containers", spec.containers), ("initContainers", spec.init_containers))
    for field, containers in (*listed, ("ephemeralContainers", spec.ephemeral_containers)):
        for index, container in enumerate(containers or ()):
            found += _variable_secrets(Vantage(SPEC + pointer(field, index), container))
    for index, pull in enumerate(spec.image_pull_secrets or ()):
        if pull.name:
            found.append((pull.name, (fact(SPEC, "imagePullSecrets", index, "name", value=pull.name),)))
    return tuple(dict.fromkeys(found))


def mounted_volumes(spec: PodSpec, vantage: Vantage) -> Iterator[tuple[str, Volume]]:
    names = {mount.name for mount in vantage.container.volume_mounts or ()}
    for index, volume in enumerate(spec.volumes or ()):
        if volume.name in names:
            yield SPEC + pointer("volumes", index), volume


def _projected(at: str, volume: Volume) -> Iterator[Token]:
    sources = volume.projected.sources if volume.projected is not None else None
    for index, source in enumerate(sources or ()):
        if source.service_account_token is not None:
            audience = source.service_account_token.audience
            place = at + pointer("projected", "sources", index, "serviceAccountToken")
            yield Token(recipient(audience), (fact(place, "audience", value=audience),))


def recipient(audience: str | None) -> str | None:
    """Whom a token with an audience is for; the API server is `None`."""
    return None if not audience or audience.startswith(API_SERVER) else audience


def _volume_secrets(spec: PodSpec, vantage: Vantage) -> Iterator[tuple[str, Evidence]]:
    for at, volume in mounted_volumes(spec, vantage):
        yield from _secrets_in(at, volume)


def _secrets_in(at: str, volume: Volume) -> Iterator[tuple[str, Evidence]]:
    if volume.secret is not None and volume.secret.secret_name:
        name = volume.secret.secret_name
        yield name, (fact(at, "secret", "secretName", value=name),)
    sources = volume.projected.sources if volume.projected is not None else None
    for index, source in enumerate(sources or ()):
        if source.secret is not None and source.secret.name:
            name = source.secret.name
            yield name, (fact(at, "projected", "sources", index, "secret", "name", value=name),)


def _secret_for_driver(at: str, volume: Volume) -> Iterator[tuple[str, Evidence]]:
    """The Secret that a kubelet hands to the driver of a volume, which leaves no file."""
    named = volume.csi.node_publish_secret_ref if volume.csi is not None else None
    if named is not None and named.name:
        yield named.name, (fact(at, "csi", "nodePublishSecretRef", "name", value=named.name),)


def _variable_secrets(vantage: Vantage) -> Iterator[tuple[str, Evidence]]:
    for index, variable in enumerate(vantage.container.env or ()):
        key = variable.value_from.secret_key_ref if variable.value_from is not None else None
        if key is not None and key.name:
            yield key.name, (fact(vantage.at, "env", index, "valueFrom", "secretKeyRef", "name", value=key.name),)
    for index, group in enumerate(vantage.container.env_from or ()):
        if group.secret_ref is not None and group.secret_ref.name:
            name = group.secret_ref.name
            yield name, (fact(vantage.at, "envFrom", index, "secretRef", "name", value=name),)


def _occupied(vantage: Vantage) -> bool:
    """Whether something is mounted already where the token would be; admission then adds none."""
    mounts = vantage.container.volume_mounts or ()
    return any(normalised(mount.mount_path) == normalised(TOKEN_DIRECTORY) for mount in mounts)


def _automounted(spec: PodSpec, sa_automount: bool | None, sa_ref: Ref, *, sa_known: bool) -> Iterator[Token]:
    own = spec.automount_service_account_token
    because: Evidence = (fact(SPEC, "automountServiceAccountToken", value=own),)
    if own is None and not sa_known:
        assumed = Assumption(f"{sa_ref} does not switch its token off", missing="serviceaccounts")
        yield Token(None, because, assumes=(assumed,))
    elif own is None and sa_automount is not False:
        yield Token(None, (*because, Fact(sa_ref, "/automountServiceAccountToken", text(sa_automount))))
    elif own:
        yield Token(None, because)


def _irsa(sa_ref: Ref, annotations: Mapping[str, str]) -> Iterator[Token]:
    role = annotations.get(ROLE_ARN)
    if role:
        audience = annotations.get(AUDIENCE)
        because = (
            Fact(sa_ref, pointer("metadata", "annotations", ROLE_ARN), role),
            Fact(sa_ref, pointer("metadata", "annotations", AUDIENCE), audience),
        )
        yield Token(audience or STS, because)
