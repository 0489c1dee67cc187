"""Ways from an AWS account into the cluster: what IAM allows, joined with what the cluster makes of it."""
