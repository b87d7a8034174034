-- Undoes 001_schema.sql, in reverse order.

drop table public.note;
