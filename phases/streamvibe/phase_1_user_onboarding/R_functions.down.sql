-- Takes phase 1's functions away, in reverse order.

drop function public.has_role(uuid, public.app_role_enum);
drop function public.decrement_quota(uuid, text, integer, text);
drop function public.increment_quota(uuid, text, integer, text, uuid);
drop function public.check_quota(uuid, text);
drop function private.change_quota(uuid, text, integer);
drop function private.quota_state(uuid, text);
drop function private.audit_user_role();
drop function private.sync_profile_visibility();
drop function private.guard_user_verification();

-- With its trigger: auth.users belongs to the platform, so the trigger cannot be dropped by itself.
drop function private.handle_new_user() cascade;

drop function private.set_updated_at();
drop function private.assert_caller(uuid);
drop function private.is_admin();
drop function private.is_service();
