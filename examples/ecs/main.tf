# The forwarder as a Fargate service: no root, no privileges, nothing to write on, and a role that may use one queue.
locals {
  # arn:PARTITION:sqs:REGION:ACCOUNT:NAME
  arn       = split(":", var.stack.queue_arn)
  partition = local.arn[1]
  account   = local.arn[4]

  environment = merge({
    REGION                = var.stack.region
    QUEUE_URL             = var.stack.queue_url
    DEAD_LETTER_QUEUE_URL = var.stack.dead_letter_queue_url
    SINK_URL              = var.sink_url
    MAX_IN_FLIGHT         = "1000"
    SHUTDOWN_TIMEOUT      = "20s"
    ADMIN_ADDR            = "127.0.0.1:9090"
    LOG_FORMAT            = "json"
  }, var.settings)

  receiver_port = try(tonumber(regex("^https?://[^/]*:([0-9]+)", var.sink_url)[0]), startswith(var.sink_url, "https:") ? 443 : 80)
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecs/${var.name}"
  retention_in_days = 30
}

resource "aws_ecs_task_definition" "this" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512 # 40 MiB, MAX_IN_FLIGHT_BYTES (64 MiB unless set), and 64 KiB for each of MAX_IN_FLIGHT
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.task.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.architecture
  }

  container_definitions = jsonencode([{
    name                   = "forwarder"
    image                  = var.image
    essential              = true
    user                   = "65532:65532"
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    environment            = [for name, value in local.environment : { name = name, value = value }]
    secrets                = [for arn in [var.sink_token_arn] : { name = "SINK_TOKEN", valueFrom = arn } if arn != null]
    stopTimeout            = 30 # more than SHUTDOWN_TIMEOUT
    healthCheck = {
      command     = ["CMD", "/forwarder", "--health"]
      interval    = 10
      timeout     = 5
      retries     = 3
      startPeriod = 10
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = var.stack.region
        awslogs-stream-prefix = "forwarder"
      }
    }
  }])
}

resource "aws_ecs_service" "this" {
  name            = var.name
  cluster         = var.cluster
  task_definition = aws_ecs_task_definition.this.arn
  desired_count   = var.min_tasks
  launch_type     = "FARGATE"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnets
    security_groups  = [aws_security_group.this.id]
    assign_public_ip = var.assign_public_ip
  }

  # Tasks that start without their rights fail, and the circuit breaker gives up.
  depends_on = [aws_iam_role_policy.task, aws_iam_role_policy.token, aws_iam_role_policy_attachment.execution]

  lifecycle {
    ignore_changes = [desired_count] # the scaling policies' business
  }
}

data "aws_subnet" "first" {
  id = var.subnets[0]
}

# Nobody reaches a forwarder; it reaches AWS and the receiver.
resource "aws_security_group" "this" {
  name        = var.name
  description = "The forwarder: out to AWS and to the receiver, nothing in"
  vpc_id      = data.aws_subnet.first.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each = toset([for port in distinct([443, local.receiver_port]) : tostring(port)])

  security_group_id = aws_security_group.this.id
  description       = each.key == "443" ? "AWS" : "the receiver"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = tonumber(each.key)
  to_port           = tonumber(each.key)
}
