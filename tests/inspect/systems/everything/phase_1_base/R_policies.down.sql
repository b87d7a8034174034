drop policy everybody on public.published;
drop policy not_sad on public.users;
drop policy own_row_update on public.users;
drop policy "Own row, to read" on public.users;
