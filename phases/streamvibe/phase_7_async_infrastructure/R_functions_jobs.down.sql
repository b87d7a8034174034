-- Undoes R_functions_jobs.sql.

drop function public.get_job_queue_stats(uuid);
drop function public.get_cached_job_result(uuid, text, jsonb, interval);
drop function public.get_job_logs(uuid, uuid, text, integer, integer);
drop function public.get_user_jobs(uuid, text, text, integer, integer);
drop function public.cancel_job(uuid, uuid);
drop function public.find_or_create_job(uuid, text, jsonb, integer, interval);
drop function public.create_job(uuid, text, jsonb, integer, timestamptz);
