"""What PMapper makes of an account, without a session: run by `iam.py` under an interpreter that has it."""

import json
import sys
import time
from pathlib import Path

from principalmapper.common import Graph
from principalmapper.graphing import edge_identification, gathering
from principalmapper.querying.query_utils import get_search_list

SERVICES = ["autoscaling", "cloudformation", "codebuild", "ec2", "iam", "sagemaker", "ssm", "sts"]


class Client:
    """Answers as IAM would, from a file."""

    def __init__(self, details):
        self.details = details

    def get_paginator(self, name):
        return self

    def paginate(self, **given):
        return [{**self.details, "VirtualMFADevices": []}]

    def __getattr__(self, name):
        return lambda **given: {"AccessKeyMetadata": [], "MFADevices": [], "LoginProfile": {}}


def main():
    details = json.loads(Path(sys.argv[1]).read_text())
    start = time.process_time()
    found = gathering.get_nodes_groups_and_policies(Client(details))
    gathering.update_admin_status(found["nodes"])
    edges = edge_identification.obtain_edges(None, SERVICES, found["nodes"])
    graph = Graph(found["nodes"], edges, found["policies"], found["groups"],
                  {"account_id": "111122223333", "pmapper_version": "1.1.5"})  # fmt: skip
    reach = sum(
        node.is_admin or any(edges[-1].destination.is_admin for edges in get_search_list(graph, node))
        for node in graph.nodes
    )
    print(json.dumps({"cpu": time.process_time() - start, "edges": len(edges), "reach": reach}))


if __name__ == "__main__":
    main()
