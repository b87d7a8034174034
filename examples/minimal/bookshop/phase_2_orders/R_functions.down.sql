-- Undoes R_functions.sql.

drop function public.order_book(text, text, integer);
