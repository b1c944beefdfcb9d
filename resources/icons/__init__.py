"""Lucide icons (npm `lucide-static` 1.62.0, ISC and MIT, see LICENSE.txt); only those the window shows."""
