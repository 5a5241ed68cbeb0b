"""MyTodoList, the back end of a phone."""
