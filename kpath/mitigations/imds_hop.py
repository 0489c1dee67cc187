from __future__ import annotations

from kpath.evidence import Fact
from kpath.mitigations import IMMEDIATE, mitigation
from kpath.model.tables import Model
from kpath.snapshot.patch import Patch


@mitigation(
    refutes=("aws-instance:/MetadataOptions/HttpTokens", "aws-instance:/MetadataOptions/HttpPutResponseHopLimit"),
    lag=IMMEDIATE,
)
def imds_hop(fact: Fact, model: Model) -> Patch:
    """Require IMDSv2 tokens and let them travel one hop.

    Pods on the host's network reach the service all the same, and so does whoever escapes to the node. Either
    setting alone does not help. New nodes follow their launch template.
    """
    return Patch.replace(fact.of, "/MetadataOptions/HttpTokens", "required") | Patch.replace(
        fact.of, "/MetadataOptions/HttpPutResponseHopLimit", 1
    )
