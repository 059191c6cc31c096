"""A session as pure state: plan, machine, metrics; and the controller that applies its effects."""
