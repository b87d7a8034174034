-- Undoes R_functions_workers.sql.

drop function public.detect_stuck_jobs();
drop function public.expire_stale_jobs();
drop function public.cleanup_old_jobs();
drop function public.retry_failed_jobs();
drop function public.add_job_log(uuid, text, text, jsonb);
drop function public.fail_job(uuid, text, text, jsonb);
drop function public.complete_job(uuid, jsonb);
drop function public.update_job_progress(uuid, integer, text);
drop function public.start_job(uuid, text);
