-- Triggers of phase 4.

create or replace trigger set_updated_at
    before update on public.ai_provider
    for each row
    execute function private.set_updated_at();

create or replace trigger set_updated_at
    before update on public.ai_model
    for each row
    execute function private.set_updated_at();

create or replace trigger set_updated_at
    before update on public.user_ai_setting
    for each row
    execute function private.set_updated_at();

create or replace trigger set_updated_at
    before update on public.ai_suggestion
    for each row
    execute function private.set_updated_at();

create or replace trigger check_preferred_model
    before insert or update on public.user_ai_setting
    for each row
    execute function private.check_preferred_model();

comment on trigger check_preferred_model on public.user_ai_setting is 'Model and provider agree.';

create or replace trigger complete_ai_suggestion
    before insert on public.ai_suggestion
    for each row
    execute function private.complete_ai_suggestion();

comment on trigger complete_ai_suggestion on public.ai_suggestion is 'Works out the cost.';

create or replace trigger complete_ai_usage
    before insert on public.ai_usage
    for each row
    execute function private.complete_ai_usage();

comment on trigger complete_ai_usage on public.ai_usage is 'Works out the sum of tokens, the cost and the billing cycle.';

create or replace trigger mark_suggestion_applied
    after insert on public.ai_suggestion_application
    for each row
    execute function private.mark_suggestion_applied();

comment on trigger mark_suggestion_applied on public.ai_suggestion_application is 'Applying a part marks the suggestion.';
