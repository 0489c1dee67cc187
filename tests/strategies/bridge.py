"""Controllers that act for whoever writes their objects, and the rights to write them."""

from __future__ import annotations

from hypothesis import strategies as st

from strategies.aws import SECRET, aws_auth
from strategies.iam import policy
from strategies.rbac import RBAC, Phrases, subject
from strategies.words import (
    ACCOUNTS,
    ISSUER,
    PROVIDER,
    SPACES,
    Json,
    chance,
    few,
    fields,
    item,
    one,
    optional,
    role_arn,
)
from strategies.workload import controller, pod

ARGO, FLUX, CERT, ESO = "argoproj.io", "toolkit.fluxcd.io", "cert-manager.io", "external-secrets.io"
NETWORKING = "networking.k8s.io"
INGRESS = "registry.k8s.io/ingress-nginx/controller"

PHRASES: Phrases = (
    ("create", "argoproj.io", "workflows cronworkflows"), ("patch", "tekton.dev", "taskruns pipelineruns"),
    ("update", "kubevirt.io", "virtualmachines virtualmachineinstances"), ("create", "serving.knative.dev", "services"),
    ("create", "karpenter.k8s.aws", "ec2nodeclasses"), ("patch", "eks.amazonaws.com", "nodeclasses"),
    ("create patch", "iam.services.k8s.aws", "roles users"), ("create", "iam.aws.upbound.io", "accesskeys policies"),
    ("patch", "iam.aws.upbound.io", "rolepolicyattachments"), ("create", "iam.aws.m.upbound.io", "rolepolicies"),
    ("create", "lambda.services.k8s.aws", "functions"),
    ("update", "infra.contrib.fluxcd.io", "terraforms"), ("create get", "*", "externalsecrets secrets"),
    ("create patch", "*", "externalsecrets secretstores secrets"), ("create", ESO, "externalsecrets"),
    ("create", "", "services"), ("patch", NETWORKING, "ingresses"), ("create", NETWORKING, "ingresses"),
    ("update", "elbv2.k8s.aws", "targetgroupbindings"), ("create", "externaldns.k8s.io", "dnsendpoints"),
    ("create", CERT, "issuers clusterissuers"), ("patch", CERT, "certificates"), ("create", ARGO, "applications"),
    ("update", ARGO, "applicationsets appprojects"), ("create", f"kustomize.{FLUX}", "kustomizations"),
    ("patch", f"helm.{FLUX}", "helmreleases"), ("create", "rbacmanager.reactiveops.io", "rbacdefinitions"),
    ("create update", "operators.coreos.com", "subscriptions"), ("patch", "hnc.x-k8s.io", "hierarchyconfigurations"),
    ("patch", f"source.{FLUX}", "gitrepositories"), ("create", f"source.{FLUX}", "helmcharts"),
    ("create list", "", "secrets"), ("update get", "", "secrets"),
)  # fmt: skip

# Image, name of the container, command, arguments of what may run.
Product = tuple[str, str, list[str], list[str]]
PRODUCTS: tuple[tuple[Product, ...], ...] = (
    (
        ("quay.io/argoproj/argocd:v2.13.1", "server", ["argocd-application-controller"], []),
        ("quay.io/argoproj/argocd:v2.13.1", "application-controller", [], []),
        ("quay.io/argoproj/argocd:v2.13.1", "application-controller", [], ["--application-namespaces=*"]),
        ("quay.io/argoproj/argocd:v2.13.1", "application-controller", [], ["--application-namespaces", "sh*,/^ci$/"]),
        ("quay.io/argoproj/argocd:v2.13.1", "app", [], ["argocd-applicationset-controller"]),
        ("quay.io/argoproj/argocd:v2.13.1", "app", ["argocd-applicationset-controller"],
         ["--applicationset-namespaces=shop,ci"]),
        ("quay.io/argoproj/argocd:v2.13.1", "app", ["argocd-server"], ["--disable-auth"]),
        ("quay.io/argoproj/argocd:v2.13.1", "app", ["argocd-server", "--disable-auth=false"], []),
    ),
    (
        ("ghcr.io/fluxcd/kustomize-controller:v1.4.0", "manager", [], []),
        ("ghcr.io/fluxcd/helm-controller:v1.1.0", "manager", [], ["--default-service-account=default"]),
        ("ghcr.io/fluxcd/kustomize-controller:v1.4.0", "manager", [], ["--default-service-account", "web"]),
        ("ghcr.io/fluxcd/helm-controller:v1.1.0", "manager", [], ["--default-service-account="]),
    ),
    (
        (f"{INGRESS}:v1.11.4@sha256:abcd", "controller", [], ["--validating-webhook=:8443"]),
        (f"{INGRESS}:v1.12.0", "controller", ["/nginx-ingress-controller", "--validating-webhook=:8443"], []),
        (f"{INGRESS}:v1.12.1", "controller", [], ["--validating-webhook=:8443"]),
        (f"{INGRESS}:v1.8.4", "controller", [], ["--election-id=x"]),
        (f"{INGRESS}@sha256:abcd", "controller", [], ["--validating-webhook=:8443"]),
        ("registry.example/edge:v1.12.1", "edge", ["/nginx-ingress-controller"], ["--validating-webhook=:8443"]),
        ("bitnami/nginx-ingress-controller:1.12.1-debian", "controller", [],
         ["--configmap=$(POD_NAMESPACE)/ingress-nginx-controller"]),
        (f"{INGRESS}:v1.8.4", "controller", [], ["--configmap", "shop/ingress-nginx-controller"]),
    ),
    (
        ("mittwald/kubernetes-replicator:v2.10.2", "replicator", [], []),
        ("mittwald/kubernetes-replicator:v2.10.2", "replicator", [], ["-allow-all"]),
        ("emberstack/kubernetes-reflector:7.1.288", "reflector", [], []),
    ),
    (("ghcr.io/external-secrets/external-secrets:v0.10.5", "external-secrets", [], []),),
    (
        ("public.ecr.aws/aws-controllers-k8s/iam-controller:1.3.13", "controller", [], []),
        ("public.ecr.aws/aws-controllers-k8s/lambda-controller:1.5.0", "controller", [], []),
        ("xpkg.upbound.io/upbound/provider-aws-iam:v1.14.0", "package-runtime", [], []),
        ("ghcr.io/flux-iac/tofu-controller:v0.16", "manager", [], []),
    ),
    (
        ("quay.io/reactiveops/rbac-manager:v1.9.0", "rbac-manager", [], []),
        ("quay.io/operator-framework/olm:v0.28", "catalog", [], []),
        ("gcr.io/k8s-staging-multitenancy/hnc-manager:v1.1.0", "manager", [], []),
    ),
    (
        ("registry.k8s.io/external-dns/external-dns:v0.15.0", "external-dns", [], []),
        ("quay.io/jetstack/cert-manager-controller:v1.16.1", "controller", [], []),
        ("public.ecr.aws/eks/aws-load-balancer-controller:v2.9.0", "controller", [], []),
    ),
    (
        ("quay.io/argoproj/workflow-controller:v3.5.11", "workflow-controller", [], []),
        ("ghcr.io/tektoncd/pipeline/controller-10a3e32792f33651396d02b6855a6e36:v0.65", "controller", [], []),
        ("public.ecr.aws/karpenter/controller:1.0.8", "controller", [], []),
    ),
    (
        ("kubernetesui/dashboard:v2.7.0", "dashboard", [], ["--enable-skip-login"]),
        ("quay.io/argoproj/argocli:v3.5.11", "argo-server", [], ["server", "--auth-mode", "server"]),
        ("quay.io/jupyter/base-notebook:latest", "app", ["sh", "-c", "jupyter lab --ServerApp.token=''"], []),
        ("quay.io/jupyter/base-notebook:latest", "app", [], ["--NotebookApp.token=secret"]),
    ),
)  # fmt: skip
SOURCES: tuple[Json, ...] = (
    {"replicator.v1.mittwald.de/replication-allowed": "true"},
    {"replicator.v1.mittwald.de/replication-allowed": "true",
     "replicator.v1.mittwald.de/replication-allowed-namespaces": "sh.*, ci"},
    {"reflector.v1.k8s.emberstack.com/reflection-allowed": "true",
     "reflector.v1.k8s.emberstack.com/reflection-allowed-namespaces": "ci,[broken"},
    {"reflector.v1.k8s.emberstack.com/reflection-allowed": "true"},
    {"replicator.v1.mittwald.de/replication-allowed": "true",
     "replicator.v1.mittwald.de/replication-allowed-namespaces": "*"},
    {"replicator.v1.mittwald.de/replication-allowed": "false"},
)  # fmt: skip
# Of definitions, all are collected or none.
SERVED = (
    ("argoproj.io", "workflows"), ("argoproj.io", "cronworkflows"), ("tekton.dev", "taskruns"),
    ("tekton.dev", "pipelineruns"), ("kubevirt.io", "virtualmachines"), ("serving.knative.dev", "services"),
    ("sparkoperator.k8s.io", "sparkapplications"), ("flink.apache.org", "flinkdeployments"),
    ("actions.summerwind.dev", "runners"), ("actions.summerwind.dev", "runnerdeployments"),
    ("actions.github.com", "autoscalingrunnersets"), ("karpenter.k8s.aws", "ec2nodeclasses"),
    ("eks.amazonaws.com", "nodeclasses"), ("kubevirt.io", "virtualmachineinstances"),
    ("kubevirt.io", "virtualmachineinstancereplicasets"), ("sparkoperator.k8s.io", "scheduledsparkapplications"),
    ("actions.summerwind.dev", "runnersets"), ("actions.summerwind.dev", "runnerreplicasets"),
    ("actions.github.com", "ephemeralrunnersets"), ("actions.github.com", "ephemeralrunners"),
)  # fmt: skip
CONDITIONS: tuple[list[Json], ...] = (
    [{"namespaces": ["shop"]}], [{"namespaceRegexes": ["s.*"]}, {"namespaces": ["ci"]}], [],
    [{"namespaceSelector": {"matchLabels": {"team": "shop"}}}], [{"namespaceSelector": {}}],
)  # fmt: skip


def more(draw: st.DrawFn, documents: list[Json]) -> None:
    """Some products, what they read, and somebody who may write it."""
    kinds = [kind for kind in PRODUCTS if chance(draw, 65)]
    documents += [running(draw, number, one(draw, *kind)) for number, kind in enumerate(kinds)]
    documents += granted(draw)
    documents += [secret(draw, number) for number in range(draw(st.integers(1, 3)))]
    documents += [store(draw, kind) for kind in few(draw, ("SecretStore", "ClusterSecretStore"), 2)]
    if chance(draw, 30):
        spec = fields(optional(draw, "type", "LoadBalancer", "ClusterIP", percent=90))
        documents.append(item("Service", "front", one(draw, *SPACES), spec=spec))
    if chance(draw, 25):
        documents += [definition(*each) for each in SERVED]
    documents += config_maps(draw, documents)
    documents += trusted(draw, documents)


def running(draw: st.DrawFn, number: int, product: Product) -> Json:
    """A pod, or a controller of pods, of which a container is that of a product."""
    image, name, command, args = product
    made = pod(draw, 20 + number)
    if "status" in made:
        made["status"] = {"phase": "Running"}
    if chance(draw, 30):
        made = controller(draw, 20 + number)[0]
    spec = made["spec"]
    spec = spec.get("jobTemplate", {}).get("spec", spec).get("template", {}).get("spec") or spec
    places = [spec["containers"]] * 3 + [spec[key] for key in ("initContainers", "ephemeralContainers") if key in spec]
    one(draw, *places)[0].update({"image": image, "name": name, "command": command, "args": args})
    return made


def granted(draw: st.DrawFn) -> list[Json]:
    """A role of several rights, bound to somebody."""
    rules: list[Json] = [
        {"verbs": verbs.split(), "apiGroups": [group], "resources": resources.split()}
        for verbs, group, resources in few(draw, PHRASES, len(PHRASES), 12)
    ]
    if chance(draw, 50):
        rules = [{key: sorted({value for rule in rules for value in rule[key]}) for key in rules[0]}]
    kind = one(draw, "RoleBinding", "ClusterRoleBinding", "ClusterRoleBinding")
    role = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "operators"}
    space = one(draw, *SPACES) if kind == "RoleBinding" else ""
    return [
        item("ClusterRole", "operators", rules=rules),
        item(kind, "operators", space, roleRef=role, subjects=[subject(draw, kind)]),
    ]


def trusted(draw: st.DrawFn, documents: list[Json]) -> list[Json]:
    """A role that the service accounts of a namespace, or all of them, become, and what it may read."""
    subjects = f"system:serviceaccount:{one(draw, '*', '*', '*', *SPACES)}:*"
    trust = {
        "Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": {f"{ISSUER}:sub": subjects}},
    }  # fmt: skip
    read = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    for role in [role for each in documents for role in each.get("RoleDetailList") or ()][:1]:
        role["AssumeRolePolicyDocument"] = policy([trust])
        role["RolePolicyList"] = [{"PolicyName": "read", "PolicyDocument": policy([read])}]
    return [] if any("SecretList" in each for each in documents) else [{"SecretList": [{"ARN": SECRET, "Name": "db"}]}]


def secret(draw: st.DrawFn, number: int) -> Json:
    name = one(draw, f"shared-{number}", ("argocd-initial-admin-secret", "argocd-secret", "shared-x")[number])
    return item("Secret", name, one(draw, *SPACES), annotations=one(draw, *SOURCES), type="Opaque")


def store(draw: st.DrawFn, kind: str) -> Json:
    is_local = kind == "SecretStore"
    account: Json = {"name": one(draw, *ACCOUNTS)} | ({} if is_local else {"namespace": one(draw, *SPACES)})
    aws: Json = {"service": one(draw, "SecretsManager", "SecretsManager", "SecretsManager", "ParameterStore")}
    aws |= fields(
        optional(draw, "role", role_arn("app"), percent=30),
        optional(draw, "auth", {"jwt": {"serviceAccountRef": account}}, {"secretRef": {}}, {}, percent=60),
    )
    spec: Json = {"provider": one(draw, {"aws": aws}, {"aws": aws}, {"vault": {}})}
    if not is_local:
        spec |= fields(optional(draw, "conditions", *CONDITIONS, percent=60))
    return item(kind, "main", one(draw, *SPACES) if is_local else "", spec=spec)


def definition(group: str, plural: str) -> Json:
    spec = {"group": group, "scope": "Namespaced", "names": {"plural": plural, "kind": plural.title()}}
    return item("CustomResourceDefinition", f"{plural}.{group}", spec=spec)


def config_maps(draw: st.DrawFn, documents: list[Json]) -> list[Json]:
    """Those of an ingress controller; of the ConfigMaps, all are collected or none."""
    is_known = any(each.get("kind") == "ConfigMap" for each in documents)
    if not is_known and chance(draw, 60):
        return []
    found = [] if is_known else [aws_auth(draw)]
    for space in SPACES:
        data = fields(optional(draw, "allow-snippet-annotations", "true", "true", "false", percent=60))
        data |= fields(optional(draw, "annotations-risk-level", "Critical", "High", percent=40))
        found.append(item("ConfigMap", "ingress-nginx-controller", space, data=data))
    return found
