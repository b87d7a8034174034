-- Undoes R_functions.sql.

drop function private.erase_user(uuid);
drop function private.pseudonymise_audit_log(uuid, uuid[]);
drop function private.ids_of_user(uuid);
drop function private.drop_vault_secrets(text[]);
drop function private.erasure_preview(uuid);
drop function private.record_content_revision();
drop function private.check_content_platform();
drop function public.prevent_account_deletion_with_content();
