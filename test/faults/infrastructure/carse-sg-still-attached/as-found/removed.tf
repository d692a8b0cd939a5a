# was: resource "aws_security_group" "legacy" (removed with the old load balancer)
