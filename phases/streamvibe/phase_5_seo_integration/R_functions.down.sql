-- Undoes R_functions.sql.

drop function private.check_seo_submission();
drop function private.drop_seo_secret();
