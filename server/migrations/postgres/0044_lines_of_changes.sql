-- Reads are told of a table, changes of a row: a change that names none would be a line of which nobody knows what it is about.
alter table audit_log add constraint audit_log_names_the_row check (row_id is not null or operation = 'read');
