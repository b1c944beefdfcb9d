"""The first start of Wayproof, on a folder that holds nothing yet: look at the sample world, join a consortium, or start one."""
