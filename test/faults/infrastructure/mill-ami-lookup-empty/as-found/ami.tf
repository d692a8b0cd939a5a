data "aws_ami" "worker" {
  most_recent = true
  owners      = ["self"]

  filter {
    name   = "name"
    values = ["worker-bookworm-2026*"]
  }
}
