"""Controllers that do things for whoever writes their objects, and who may write them.

Source: the documentation of each product, as of 2026-06: the kinds it serves, and the images it is shipped as.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kpath.evidence import Assumption, Confidence, Fact
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.rbac.bindings import Grant
from kpath.semantics.rbac.grants import grants
from kpath.semantics.workload.controllers import cited, running
from kpath.verdict import Allowed, Denied, Undecided, Verdict

READS = frozenset({"pods", "custom_definitions", "coverage"})
DEFINITIONS = "customresourcedefinitions"
WRITES = ("create", "update", "patch")


class Operator(Struct, frozen=True):
    """A custom kind, by group and plural, and texts of which the image of its controller contains one."""

    group: str
    plural: str
    images: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}"


# Their objects hold pods as their author wants them, or what pods are made of.
_SCALE_SETS, _RUNNERS = ("gha-runner-scale-set-controller",), ("actions-runner-controller",)
LAUNCHERS = (
    *(Operator("actions.github.com", plural, _SCALE_SETS) for plural in (
        "autoscalingrunnersets", "ephemeralrunners", "ephemeralrunnersets",
    )),
    *(Operator("actions.summerwind.dev", plural, _RUNNERS) for plural in (
        "runnerdeployments", "runnerreplicasets", "runners", "runnersets",
    )),
    *(Operator("argoproj.io", plural, ("workflow-controller",)) for plural in ("cronworkflows", "workflows")),
    Operator("flink.apache.org", "flinkdeployments", ("flink-kubernetes-operator",)),
    *(Operator("kubevirt.io", plural, ("virt-controller",)) for plural in (
        "virtualmachineinstancereplicasets", "virtualmachineinstances", "virtualmachines",
    )),
    Operator("serving.knative.dev", "services", ("knative*serving*controller",)),
    *(Operator("sparkoperator.k8s.io", plural, ("spark-operator",)) for plural in (
        "scheduledsparkapplications", "sparkapplications",
    )),
    *(Operator("tekton.dev", plural, ("tektoncd/pipeline*controller",)) for plural in ("pipelineruns", "taskruns")),
)  # fmt: skip

# Their objects say which instance role new nodes have. Those of Auto Mode have no controller in the cluster.
NODE_CLASSES = (
    Operator("eks.amazonaws.com", "nodeclasses"),
    Operator("karpenter.k8s.aws", "ec2nodeclasses", ("karpenter*controller",)),
)

# Their objects become principals in AWS, credentials of one, or whatever a program run with the role makes.
_ACK = {
    "ec2": "instances launchtemplates",
    "ecs": "services taskdefinitions",
    "eks": "accessentries addons nodegroups podidentityassociations",
    "emrcontainers": "jobruns",
    "iam": "groups instanceprofiles openidconnectproviders policies roles users",
    "lambda": "functions",
    "sagemaker": "notebookinstances processingjobs trainingjobs",
    "sfn": "statemachines",
}
_CROSSPLANE = (
    "accesskeys grouppolicyattachments groupmemberships groups groupusermemberships instanceprofiles "
    "openidconnectproviders policies policyattachments rolepolicies rolepolicyattachments roles usergroupmemberships "
    "userloginprofiles userpolicies userpolicyattachments users"
)
AWS_OBJECTS = (
    *(
        Operator(f"{service}.services.k8s.aws", plural, (f"aws-controllers-k8s/{service}-controller",))
        for service, plurals in _ACK.items()
        for plural in plurals.split()
    ),
    *(
        Operator(group, plural, ("provider-aws",))
        for group in ("iam.aws.crossplane.io", "iam.aws.m.upbound.io", "iam.aws.upbound.io")
        for plural in _CROSSPLANE.split()
    ),
    Operator("infra.contrib.fluxcd.io", "terraforms", ("tf-controller", "tofu-controller")),
    Operator("infrastructure.cluster.x-k8s.io", "awsmachines", ("cluster-api-aws-controller",)),
)

# Their objects say what the controller grants, installs or copies.
ESCALATORS = (
    Operator("core.oam.dev", "applications", ("vela-core",)),
    Operator("hnc.x-k8s.io", "hierarchyconfigurations", ("hnc-manager",)),
    Operator("operators.coreos.com", "clusterserviceversions", ("operator-framework/olm",)),
    Operator("operators.coreos.com", "subscriptions", ("operator-framework/olm",)),
    Operator("rbacmanager.reactiveops.io", "rbacdefinitions", ("rbac-manager",)),
)

EXTERNAL_SECRETS = Operator("external-secrets.io", "externalsecrets")
INGRESSES = Operator("networking.k8s.io", "ingresses")
SECRETS = Operator("", "secrets")
SECRET_STORES = Operator("external-secrets.io", "secretstores")
SERVICES = Operator("", "services")

# Their objects are served to the world under a load balancer of AWS, a name in DNS, a certificate.
BALANCED = (SERVICES, Operator("elbv2.k8s.aws", "targetgroupbindings"), INGRESSES)
NAMED = (
    *(replace(each, images=("external-dns",)) for each in (
        Operator("externaldns.k8s.io", "dnsendpoints"), INGRESSES, SERVICES,
    )),
    *(Operator("cert-manager.io", plural, ("cert-manager",)) for plural in (
        "certificates", "clusterissuers", "issuers",
    )),
)  # fmt: skip

# Their objects are applied by the controller.
ARGO_CD = tuple(Operator("argoproj.io", plural, ("argocd",)) for plural in (
    "applications", "applicationsets", "appprojects",
))  # fmt: skip
FLUX = (
    Operator("helm.toolkit.fluxcd.io", "helmreleases", ("helm-controller",)),
    Operator("kustomize.toolkit.fluxcd.io", "kustomizations", ("kustomize-controller",)),
)
_APPLIERS = tuple(image for each in FLUX for image in each.images)
# What those objects take things from; charts are of use to releases alone.
FLUX_SOURCES = (
    *(Operator("source.toolkit.fluxcd.io", plural, _APPLIERS) for plural in (
        "buckets", "gitrepositories", "ocirepositories",
    )),
    *(Operator("source.toolkit.fluxcd.io", plural, ("helm-controller",)) for plural in (
        "helmcharts", "helmrepositories",
    )),
)  # fmt: skip


def writers(model: Model, operator: Operator) -> Iterator[Grant]:
    """Who may create or rewrite objects of a kind; names of objects say nothing of what is in them."""
    for verb in WRITES:
        for grant in grants(model, verb, operator.plural, operator.group):
            yield replace(grant, names=None)


def spaces(model: Model, grant: Grant) -> list[str]:
    """The namespaces of a grant that there are."""
    return sorted(each for each in model.spaces if grant.namespace in (None, each))


def served(model: Model, operator: Operator) -> Verdict:
    """Whether a kind is served and its controller runs, as far as pods and definitions tell."""
    found = running(model, *operator.images)
    if found:
        return Allowed(cited(model, found[0]))
    crd = Ref(f"crd/{operator}")
    if crd in model.custom_definitions:
        runs = Assumption(f"the controller of {operator} runs", Confidence.MEDIUM)
        return Undecided((Fact(crd, "/metadata/name", str(operator)),), (runs,))
    if DEFINITIONS in model.coverage.listed:
        return Denied()
    unknown = Assumption(f"{operator} is served, and its controller runs", Confidence.LOW, DEFINITIONS)
    return Undecided((), (unknown,))
