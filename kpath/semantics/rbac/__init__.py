"""Who may what in the cluster: RBAC, EKS access policies and aws-auth, with reasons."""

from __future__ import annotations
