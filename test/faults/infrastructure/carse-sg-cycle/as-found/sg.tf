resource "aws_security_group" "broker" {
  name   = "broker"
  vpc_id = data.aws_vpc.main.id
  ingress {
    from_port       = 5671
    to_port         = 5671
    protocol        = "tcp"
    security_groups = [aws_security_group.worker.id]
  }
}

resource "aws_security_group" "worker" {
  name   = "worker"
  vpc_id = data.aws_vpc.main.id
  egress {
    from_port       = 5671
    to_port         = 5671
    protocol        = "tcp"
    security_groups = [aws_security_group.broker.id]
  }
}
