"""What an update would leave: three trees merged under the template's rules, conflicts and all."""
