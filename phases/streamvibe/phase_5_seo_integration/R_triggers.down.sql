-- Undoes R_triggers.sql.

drop trigger drop_seo_secret on public.seo_connection;
drop trigger check_seo_submission on public.seo_submission;
drop trigger set_updated_at on public.seo_submission;
drop trigger set_updated_at on public.seo_connection;
drop trigger set_updated_at on public.search_engine;
