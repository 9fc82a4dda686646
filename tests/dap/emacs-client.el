;;; emacs-client.el --- Emacs dap-mode drives our adapter in batch mode  -*- lexical-binding: t -*-
;; emacs --batch -f package-initialize -l emacs-client.el PROGRAM MODEL LISTING LINE
;; Each step prints a line "NAME: VALUE"; the exit code is 0 after the last.
(require 'dap-mode)
(require 'dap-overlays)
(require 'dap-ui)   ; has a variable that dap-mode 0.7 reads without it

(pcase-let ((`(,program ,model ,listing ,line) command-line-args-left))
  (setq command-line-args-left nil
        dap-auto-configure-features nil
        dap-auto-show-output nil)

  (defun say (name value) (princ (format "%s: %s\n" name value)))

  (defvar deadline (+ (float-time) 60))
  (defun wait (what done)
    "Reads from the adapter until DONE says so; a minute without it is a failure."
    (while (not (funcall done))
      (when (> (float-time) deadline)
        (say "failed" (format "no %s within a minute" what))
        (dolist (buffer (buffer-list)) (when (string-match-p "stderr\\|out\\*" (buffer-name buffer)) (say "output" (with-current-buffer buffer (buffer-string)))))
        (kill-emacs 1))
      (accept-process-output nil 0.05)))

  (dap-register-debug-provider "moe" (lambda (configuration) (plist-put configuration :dap-server-path (list program "dap" "--stdio"))))

  (find-file listing)
  (goto-char (point-min))
  (forward-line (1- (string-to-number line)))
  (dap-breakpoint-add)

  (let (shown terminated)
    (advice-add 'dap-overlays--display-interactive-eval-result :override (lambda (value &rest _) (setq shown value)))
    (add-hook 'dap-terminated-hook (lambda (_) (setq terminated t)))
    (dap-debug (list :type "moe" :request "launch" :name "olmoe" :model model :prompt "7 * 3 =" :maxNewTokens 2))
    (let* ((session (dap--cur-session))
           (frame (lambda () (dap--debug-session-active-frame session))))
      (dotimes (count 2)
        (wait "stop" (lambda () (funcall frame)))
        (say "frame" (gethash "name" (funcall frame)))
        (say "line" (gethash "line" (funcall frame)))
        (setq shown nil)
        (dap-eval "step")
        (wait "value" (lambda () shown))
        (say "step" shown)
        (dap-continue session (dap--debug-session-thread-id session)))
      (wait "end" (lambda () terminated))
      (say "ended" "yes"))))
;;; emacs-client.el ends here
