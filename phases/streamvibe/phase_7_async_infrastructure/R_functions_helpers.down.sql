-- Undoes R_functions_helpers.sql.

drop function private.forget_stripe_customer();
drop function private.notify_job_status_change();
drop function private.expire_jobs(uuid);
drop function private.lock_jobs_of(uuid);
drop function private.is_service_job_type(text);
drop function private.max_active_jobs();
