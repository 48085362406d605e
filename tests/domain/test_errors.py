from app.domain.errors import ErrorCode, Problem, invalid, refuse_for

TAKEN = Problem(ErrorCode.ALREADY_SUBSCRIBED, "Anna is subscribed already.", ("input", "subscribe", "0"))
MISSING = Problem(ErrorCode.NOT_SUBSCRIBED, "Boris has no subscription.", ("input", "unsubscribe", "0"))


def test_one_problem_is_the_error() -> None:
    error = refuse_for([TAKEN])
    assert (error.code, error.message) == (ErrorCode.ALREADY_SUBSCRIBED, "Anna is subscribed already.")
    assert error.problems == (TAKEN,)


def test_of_several_problems_the_first_names_the_error_and_all_are_reported() -> None:
    error = refuse_for([MISSING, TAKEN, TAKEN])
    assert (error.code, error.message) == (ErrorCode.NOT_SUBSCRIBED, "Boris has no subscription. (and 2 more)")
    assert error.problems == (MISSING, TAKEN, TAKEN)


def test_of_two_problems_one_more_is_announced() -> None:
    assert refuse_for([TAKEN, MISSING]).message == "Anna is subscribed already. (and 1 more)"


def test_an_error_reads_as_its_sentence() -> None:
    assert str(refuse_for([TAKEN])) == "Anna is subscribed already."


def test_invalid_input_names_the_input_it_is_about() -> None:
    error = invalid("A name is needed.", "input", "name")
    assert (error.code, error.message) == (ErrorCode.INVALID_INPUT, "A name is needed.")
    assert error.problems == (Problem(ErrorCode.INVALID_INPUT, "A name is needed.", ("input", "name")),)


def test_invalid_input_without_a_place_reports_no_problem() -> None:
    error = invalid("Nothing was asked.")
    assert (error.code, error.problems) == (ErrorCode.INVALID_INPUT, ())
