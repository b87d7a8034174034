-- Undoes 001_schema.sql. The table leaves the publication supabase_realtime when it is dropped.

drop table public.stripe_webhook_events;
drop table public.job_log;
drop table public.job_queue;
drop table public.job_type;
