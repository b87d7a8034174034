-- Undoes 001_schema.sql.

drop table public.seo_usage;
drop table public.seo_submission;
drop table public.seo_connection;
drop table public.search_engine;
