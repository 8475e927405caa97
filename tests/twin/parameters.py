"""Parameters of the stack, and a policy that they name."""

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
ROLE = "arn:aws:iam::123456789012:role/churn-serving"
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
POLICY = "arn:aws:iam::123456789012:policy/limits"
