"""The desk: what a person does with goods all day, as values and rules; no Qt, no SQL text, no network of its own.

Modules: `tasks` (the modes), `notes` (delivery notes), `session` (scans of one task), `judging` (what a scan means in a task),
`plan` (what a finished task records), `desk` (the door that the window uses).
"""
