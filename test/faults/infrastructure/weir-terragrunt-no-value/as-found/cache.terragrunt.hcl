include "root" {
  path = find_in_parent_folders("root.hcl")
}

terraform {
  source = "git::https://git.osier.example/infra/modules.git//?ref=cache-2.0.0"
}

dependency "network" {
  config_path = "../network"
}

inputs = {
  name      = "sessions"
  node_type = "cache.t4g.small"
  subnets   = dependency.network.outputs.private_subnets
}
