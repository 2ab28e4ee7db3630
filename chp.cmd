@echo off
rem Finds Python 3.11 or newer and hands over to tools\launch.py; chp does so elsewhere.
setlocal

set "launch=%~dp0tools\launch.py"
set "enough=import sys; sys.exit(sys.version_info < (3, 11))"
set "own=%~dp0.venv\Scripts\python.exe"

if defined CHP_PYTHON goto named

"%own%" -I -S -c "%enough%" >nul 2>nul && goto own
py -3 -I -S -c "%enough%" >nul 2>nul && goto py
python -I -S -c "%enough%" >nul 2>nul && goto python
echo chp: needs Python 3.11 or newer on the PATH, or its name in CHP_PYTHON 1>&2
exit /b 1

:named
"%CHP_PYTHON%" -I -S -c "%enough%" >nul 2>nul && goto named_fits
echo chp: CHP_PYTHON=%CHP_PYTHON% is no Python 3.11 or newer 1>&2
exit /b 1

:named_fits
"%CHP_PYTHON%" -I -S "%launch%" %*
exit /b %errorlevel%

:own
"%own%" -I -S "%launch%" %*
exit /b %errorlevel%

:py
py -3 -I -S "%launch%" %*
exit /b %errorlevel%

:python
python -I -S "%launch%" %*
exit /b %errorlevel%
