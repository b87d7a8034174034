drop event trigger everything_ddl;
drop trigger on_sign_up on auth.users;
drop trigger later on public.booking;
drop trigger quiet on public.booking;
drop trigger touch on public.users;
