# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/vault" {
  version     = "4.5.0"
  constraints = "~> 4.5"
  hashes = [
    "h1:sGvgvWsgnZjm+tUsUu7GoxsKQ1DGSCB6ZUEmZnGJqQg=",
    "zh:0e2b7e4d8b1e2d6a7ffd1cfa0e0f4c3b6b7f5ab4f4c3a8d1c6e0b2a7d9f01c55",
    "zh:44a1bb0e0b1f6d8d2c85d4fce1ca12ee5a9be7c1c72bca0ad28f3c1bbde1a7f6",
    "zh:9f3b5ac72d49d7e2f0d37c1db8a0a0d2d49eaf2b5f1c7a2f0cd6a97b3cc0d7e1",
  ]
}

provider "registry.terraform.io/mongodb/mongodbatlas" {
  version     = "1.22.0"
  constraints = "1.22.0"
  hashes = [
    "h1:k3Yb0QmZ0mqv9mEr2sU2fV1c8o0pG2iBv6u7XxZ8n3U=",
  ]
}
