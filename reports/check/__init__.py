"""The gate `bench check`: is a candidate worse than a baseline, and could that have been noise?"""
